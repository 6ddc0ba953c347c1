"""What confluent-kafka sees of a broker, as JSON.

It goes the way of a whole application: topics, codecs, groups, idempotence, transactions with consumer offsets, times.
"""

import argparse
import json
import sys
import time

import confluent_kafka
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, OffsetSpec

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
DEADLINE = 60


class Flow:
    def __init__(self, servers: str, prefix: str) -> None:
        self.servers = servers
        self.prefix = prefix
        self.admin = AdminClient({"bootstrap.servers": servers})
        self.topics: list[str] = []

    def topic(self, name: str, partitions: int = 1, **config: str) -> str:
        name = self.prefix + name
        self.topics.append(name)
        made = self.admin.create_topics([NewTopic(name, partitions, config=config)])
        made[name].result(DEADLINE)
        return name

    def producer(self, **settings: object) -> Producer:
        return Producer({"bootstrap.servers": self.servers, "linger.ms": 5} | settings)

    def consumer(self, group: str, **settings: object) -> Consumer:
        return Consumer(
            {
                "bootstrap.servers": self.servers,
                "group.id": self.prefix + group,
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "session.timeout.ms": 10000,
            }
            | settings
        )

    def produce(self, producer: Producer, topic: str, values: list[str], **more: object) -> None:
        failures: list[object] = []
        for value in values:
            producer.produce(topic, value.encode(), on_delivery=lambda error, _: error and failures.append(error), **more)
        if producer.flush(DEADLINE) or failures:
            raise RuntimeError(f"not written: {failures}")

    @staticmethod
    def values(consumer: Consumer, count: int) -> list[str]:
        found: list[str] = []
        deadline = time.monotonic() + DEADLINE
        while len(found) < count and time.monotonic() < deadline:
            message = consumer.poll(0.2)
            if message is None:
                continue
            if message.error():
                raise KafkaException(message.error())
            found.append(message.value().decode())
        return found

    def read(self, topic: str, isolation: str) -> list[str]:
        """Everything up to the end of partition 0."""
        consumer = self.consumer("reader", **{"isolation.level": isolation, "enable.partition.eof": True})
        consumer.assign([TopicPartition(topic, 0, confluent_kafka.OFFSET_BEGINNING)])
        found: list[str] = []
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            message = consumer.poll(0.2)
            if message is None:
                continue
            if message.error():
                if message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:
                    break
                raise KafkaException(message.error())
            found.append(message.value().decode())
        consumer.close()
        return found

    # The steps, each a part of the report.

    def codecs(self) -> object:
        report = {}
        for codec in CODECS:
            topic = self.topic("codec-" + codec)
            values = [f"{codec} {number} " + "x" * 200 for number in range(20)]
            self.produce(self.producer(**{"compression.type": codec}), topic, values)
            report[codec] = self.read(topic, "read_committed") == values
        return report

    def group(self) -> object:
        topic = self.topic("group", 2)
        producer = self.producer()
        self.produce(producer, topic, ["a", "b"], partition=0)
        self.produce(producer, topic, ["c", "d"], partition=1)
        first = self.consumer("group")
        first.subscribe([topic])
        seen = sorted(self.values(first, 4))
        first.commit(asynchronous=False)
        described = self.admin.describe_consumer_groups([self.prefix + "group"])[self.prefix + "group"].result(DEADLINE)
        first.close()
        self.produce(producer, topic, ["e"], partition=0)
        second = self.consumer("group")
        second.subscribe([topic])
        after = self.values(second, 1)
        second.close()
        listed = self.admin.list_consumer_groups().result(DEADLINE).valid
        offsets = self.admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(self.prefix + "group")])
        committed = offsets[self.prefix + "group"].result(DEADLINE).topic_partitions
        self.admin.delete_consumer_groups([self.prefix + "group"])[self.prefix + "group"].result(DEADLINE)
        left = self.admin.list_consumer_groups().result(DEADLINE).valid
        return {
            "first": seen,
            "state": described.state.name.lower(),
            "members": len(described.members),
            "second": after,
            "listed": self.prefix + "group" in [group.group_id for group in listed],
            "committed": {str(place.partition): place.offset for place in committed},
            "deleted": self.prefix + "group" not in [group.group_id for group in left],
        }

    def idempotent(self) -> object:
        topic = self.topic("idempotent")
        values = [str(number) for number in range(50)]
        self.produce(self.producer(**{"enable.idempotence": True, "batch.num.messages": 5}), topic, values)
        return self.read(topic, "read_committed") == values

    def transactions(self) -> object:
        topic = self.topic("transactions")
        producer = self.producer(**{"transactional.id": self.prefix + "transactions"})
        producer.init_transactions(DEADLINE)
        for value, end in [("a", producer.commit_transaction), ("b", producer.abort_transaction)] * 2:
            producer.begin_transaction()
            self.produce(producer, topic, [value])
            end(DEADLINE)
        # A second producer with the same id fences the first.
        producer.begin_transaction()
        self.produce(producer, topic, ["ghost"])
        successor = self.producer(**{"transactional.id": self.prefix + "transactions"})
        successor.init_transactions(DEADLINE)
        try:
            producer.commit_transaction(DEADLINE)
            fenced = False
        except KafkaException as error:
            fenced = error.args[0].code() in (
                confluent_kafka.KafkaError._FENCED,
                confluent_kafka.KafkaError.PRODUCER_FENCED,
                confluent_kafka.KafkaError.INVALID_PRODUCER_EPOCH,
            )
        return {
            "committed": self.read(topic, "read_committed"),
            "uncommitted": self.read(topic, "read_uncommitted"),
            "fenced": fenced,
        }

    def offsets(self) -> object:
        source, target = self.topic("source"), self.topic("target")
        self.produce(self.producer(), source, ["1", "2", "3", "4"])
        for end in ["abort", "commit"]:
            consumer = self.consumer("offsets", **{"isolation.level": "read_committed"})
            consumer.subscribe([source])
            values = self.values(consumer, 4)
            producer = self.producer(**{"transactional.id": self.prefix + "offsets"})
            producer.init_transactions(DEADLINE)
            producer.begin_transaction()
            self.produce(producer, target, [f"{end} {value}" for value in values])
            producer.send_offsets_to_transaction(
                consumer.position(consumer.assignment()), consumer.consumer_group_metadata(), DEADLINE
            )
            producer.abort_transaction(DEADLINE) if end == "abort" else producer.commit_transaction(DEADLINE)
            consumer.close()
        consumer = self.consumer("offsets")
        committed = consumer.committed([TopicPartition(source, 0)], DEADLINE)[0].offset
        consumer.close()
        return {"target": self.read(target, "read_committed"), "committed": committed}

    def times(self) -> object:
        topic = self.topic("times")
        base = int(time.time() * 1000) - 60_000
        producer = self.producer()
        for number in range(5):
            self.produce(producer, topic, [str(number)], timestamp=base + number * 1000)
        consumer = self.consumer("times")
        place = consumer.offsets_for_times([TopicPartition(topic, 0, base + 1500)], DEADLINE)[0]
        consumer.assign([place])
        values = self.values(consumer, 3)
        consumer.close()
        listed = self.admin.list_offsets({TopicPartition(topic, 0): OffsetSpec.latest()})
        return {"offset": place.offset, "values": values, "latest": list(listed.values())[0].result(DEADLINE).offset}

    def administration(self) -> object:
        topic = self.topic("admin", 3, **{"cleanup.policy": "compact"})
        resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
        before = list(self.admin.describe_configs([resource]).values())[0].result(DEADLINE)
        resource.add_incremental_config(ConfigEntry("retention.ms", "3600000", incremental_operation=AlterConfigOpType.SET))
        list(self.admin.incremental_alter_configs([resource]).values())[0].result(DEADLINE)
        after = list(self.admin.describe_configs([resource]).values())[0].result(DEADLINE)
        partitions = len(self.admin.list_topics(topic, DEADLINE).topics[topic].partitions)
        for future in self.admin.delete_topics(self.topics).values():
            future.result(DEADLINE)
        deadline = time.monotonic() + DEADLINE
        gone = False
        while not gone and time.monotonic() < deadline:
            gone = not set(self.topics) & set(self.admin.list_topics(timeout=DEADLINE).topics)
        return {
            "partitions": partitions,
            "policy": before["cleanup.policy"].value,
            "retention": after["retention.ms"].value,
            "deleted": gone,
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--prefix", required=True)
    arguments = parser.parse_args()
    flow = Flow(arguments.bootstrap_servers, arguments.prefix)
    report = {"library": "confluent-kafka " + confluent_kafka.version()}
    steps = ["codecs", "group", "idempotent", "transactions", "offsets", "times", "administration"]
    for step in steps:
        report[step] = getattr(flow, step)()
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
