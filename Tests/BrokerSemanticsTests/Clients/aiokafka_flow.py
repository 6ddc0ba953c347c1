"""What aiokafka sees of a broker, as JSON."""

import argparse
import asyncio
import json
import sys
import time

import aiokafka
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
DEADLINE = 60


class Flow:
    def __init__(self, servers: str, prefix: str) -> None:
        self.servers = servers
        self.prefix = prefix
        self.admin = AIOKafkaAdminClient(bootstrap_servers=servers)
        self.topics: list[str] = []

    async def topic(self, name: str, partitions: int = 1, **config: str) -> str:
        name = self.prefix + name
        self.topics.append(name)
        answer = await self.admin.create_topics([NewTopic(name, partitions, 1, topic_configs=config)])
        if answer.topic_errors[0][1]:
            raise RuntimeError(f"{answer}")
        return name

    async def producer(self, **settings: object) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(bootstrap_servers=self.servers, **settings)
        await producer.start()
        return producer

    async def consumer(self, group: str | None, *topics: str, **settings: object) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            *topics,
            bootstrap_servers=self.servers,
            group_id=group and self.prefix + group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            **settings,
        )
        await consumer.start()
        return consumer

    @staticmethod
    async def produce(producer: AIOKafkaProducer, topic: str, values: list[str], **more: object) -> None:
        futures = [await producer.send(topic, value.encode(), **more) for value in values]
        await asyncio.gather(*futures)

    @staticmethod
    async def values(consumer: AIOKafkaConsumer, count: int) -> list[str]:
        found: list[str] = []
        deadline = time.monotonic() + DEADLINE
        while len(found) < count and time.monotonic() < deadline:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [record.value.decode() for record in records]
        return found

    async def read(self, topic: str, isolation: str) -> list[str]:
        """Everything up to the end of partition 0, or up to its last stable offset."""
        consumer = await self.consumer(None, isolation_level=isolation)
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        found: list[str] = []
        deadline = time.monotonic() + DEADLINE
        while await consumer.position(place) < end and time.monotonic() < deadline:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [record.value.decode() for record in records]
        await consumer.stop()
        return found

    # The steps, each a part of the report.

    async def codecs(self) -> object:
        report = {}
        for codec in CODECS:
            topic = await self.topic("codec-" + codec)
            values = [f"{codec} {number} " + "x" * 200 for number in range(20)]
            producer = await self.producer(compression_type=None if codec == "none" else codec)
            await self.produce(producer, topic, values)
            await producer.stop()
            report[codec] = await self.read(topic, "read_committed") == values
        return report

    async def group(self) -> object:
        name = self.prefix + "group"
        topic = await self.topic("group", 2)
        producer = await self.producer()
        await self.produce(producer, topic, ["a", "b"], partition=0)
        await self.produce(producer, topic, ["c", "d"], partition=1)
        first = await self.consumer("group", topic)
        seen = sorted(await self.values(first, 4))
        await first.commit()
        described = (await self.admin.describe_consumer_groups([name]))[0].groups[0]
        await first.stop()
        await self.produce(producer, topic, ["e"], partition=0)
        await producer.stop()
        second = await self.consumer("group", topic)
        after = await self.values(second, 1)
        committed = {str(part): await second.committed(TopicPartition(topic, part)) for part in range(2)}
        await second.stop()
        listed = name in [group[0] for group in await self.admin.list_consumer_groups()]
        return {
            "first": seen,
            "state": described[2].lower(),
            "members": len(described[5]),
            "second": after,
            "listed": listed,
            "committed": committed,
        }

    async def idempotent(self) -> object:
        topic = await self.topic("idempotent")
        values = [str(number) for number in range(50)]
        producer = await self.producer(enable_idempotence=True, max_batch_size=100)
        await self.produce(producer, topic, values)
        await producer.stop()
        return await self.read(topic, "read_committed") == values

    async def transactions(self) -> object:
        topic = await self.topic("transactions")
        producer = await self.producer(transactional_id=self.prefix + "transactions")
        for value, end in [("a", producer.commit_transaction), ("b", producer.abort_transaction)] * 2:
            await producer.begin_transaction()
            await self.produce(producer, topic, [value])
            await end()
        # A second producer with the same id fences the first.
        await producer.begin_transaction()
        await self.produce(producer, topic, ["ghost"])
        successor = await self.producer(transactional_id=self.prefix + "transactions")
        try:
            await producer.commit_transaction()
            fenced = False
        except KafkaError as error:
            fenced = type(error).__name__ in ("ProducerFenced", "InvalidProducerEpoch")
        await successor.stop()
        await producer.stop()
        return {
            "committed": await self.read(topic, "read_committed"),
            "uncommitted": await self.read(topic, "read_uncommitted"),
            "fenced": fenced,
        }

    async def offsets(self) -> object:
        source, target = await self.topic("source"), await self.topic("target")
        plain = await self.producer()
        await self.produce(plain, source, ["1", "2", "3", "4"])
        await plain.stop()
        place = TopicPartition(source, 0)
        for end in ["abort", "commit"]:
            consumer = await self.consumer("offsets", source, isolation_level="read_committed")
            values = await self.values(consumer, 4)
            producer = await self.producer(transactional_id=self.prefix + "offsets")
            await producer.begin_transaction()
            await self.produce(producer, target, [f"{end} {value}" for value in values])
            position = {place: await consumer.position(place)}
            await producer.send_offsets_to_transaction(position, self.prefix + "offsets")
            await (producer.abort_transaction() if end == "abort" else producer.commit_transaction())
            await producer.stop()
            await consumer.stop()
        consumer = await self.consumer("offsets")
        committed = await consumer.committed(place)
        await consumer.stop()
        return {"target": await self.read(target, "read_committed"), "committed": committed}

    async def times(self) -> object:
        topic = await self.topic("times")
        base = int(time.time() * 1000) - 60_000
        producer = await self.producer()
        for number in range(5):
            await self.produce(producer, topic, [str(number)], timestamp_ms=base + number * 1000)
        await producer.stop()
        consumer = await self.consumer(None)
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        found = (await consumer.offsets_for_times({place: base + 1500}))[place].offset
        consumer.seek(place, found)
        values = await self.values(consumer, 3)
        latest = (await consumer.end_offsets([place]))[place]
        await consumer.stop()
        return {"offset": found, "values": values, "latest": latest}

    async def settings(self, topic: str) -> dict[str, str]:
        answer = (await self.admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)]))[0]
        return {entry[0]: entry[1] for entry in answer.resources[0][4]}

    async def administration(self) -> object:
        topic = await self.topic("admin", 3, **{"cleanup.policy": "compact"})
        before = await self.settings(topic)
        wanted = {"cleanup.policy": "compact", "retention.ms": "3600000"}
        await self.admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=wanted)])
        after = await self.settings(topic)
        described = await self.admin.describe_topics([topic])
        await self.admin.delete_topics(self.topics)
        deadline = time.monotonic() + DEADLINE
        gone = False
        while not gone and time.monotonic() < deadline:
            gone = not set(self.topics) & set(await self.admin.list_topics())
        return {
            "partitions": len(described[0]["partitions"]),
            "policy": before["cleanup.policy"],
            "retention": after["retention.ms"],
            "deleted": gone,
        }


async def run(arguments: argparse.Namespace) -> None:
    flow = Flow(arguments.bootstrap_servers, arguments.prefix)
    await flow.admin.start()
    report = {"library": "aiokafka " + aiokafka.__version__}
    try:
        steps = ["codecs", "group", "idempotent", "transactions", "offsets", "times", "administration"]
        for step in steps:
            report[step] = await getattr(flow, step)()
    finally:
        await flow.admin.close()
    print(json.dumps(report))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--prefix", required=True)
    asyncio.run(run(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
