"""What kafka-python sees of a broker, as JSON: versions 2.2 and 3.0, whose names differ here and there."""

import argparse
import json
import sys
import time

import kafka
from kafka import ConsumerRebalanceListener, KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
DEADLINE = 60
IS_OLD = kafka.__version__.startswith("2.")


class Flow:
    def __init__(self, servers: str, prefix: str) -> None:
        self.servers = servers.split(",")
        self.prefix = prefix
        self.admin = KafkaAdminClient(bootstrap_servers=self.servers)
        self.topics: list[str] = []

    def topic(self, name: str, partitions: int = 1, **config: str) -> str:
        name = self.prefix + name
        self.topics.append(name)
        self.admin.create_topics([NewTopic(name, partitions, 1, topic_configs=config)])
        return name

    def producer(self, **settings: object) -> KafkaProducer:
        return KafkaProducer(bootstrap_servers=self.servers, linger_ms=5, **settings)

    def consumer(self, group: str | None, *topics: str, **settings: object) -> KafkaConsumer:
        return KafkaConsumer(
            *topics,
            bootstrap_servers=self.servers,
            group_id=group and self.prefix + group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            session_timeout_ms=10000,
            **settings,
        )

    @staticmethod
    def produce(producer: KafkaProducer, topic: str, values: list[str], **more: object) -> None:
        futures = [producer.send(topic, value.encode(), **more) for value in values]
        producer.flush(DEADLINE)
        for future in futures:
            future.get(DEADLINE)

    @staticmethod
    def values(consumer: KafkaConsumer, count: int) -> list[str]:
        found: list[str] = []
        deadline = time.monotonic() + DEADLINE
        while len(found) < count and time.monotonic() < deadline:
            # It comes back when there are records. A poll whose time is over just as the group answers loses the
            # assignment for good: kafka-python 3.0.12 says "timeout in ensure_active_group", and never joins again.
            for records in consumer.poll(timeout_ms=20_000).values():
                found += [record.value.decode() for record in records]
        return found

    def read(self, topic: str, isolation: str) -> list[str]:
        """Everything up to the end of partition 0, or up to its last stable offset."""
        consumer = self.consumer(None, isolation_level=isolation)
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        consumer.seek_to_beginning(place)
        end = consumer.end_offsets([place])[place]
        found: list[str] = []
        deadline = time.monotonic() + DEADLINE
        while consumer.position(place) < end and time.monotonic() < deadline:
            for records in consumer.poll(timeout_ms=200).values():
                found += [record.value.decode() for record in records]
        consumer.close()
        return found

    # The steps, each a part of the report.

    def codecs(self) -> object:
        report = {}
        for codec in CODECS:
            topic = self.topic("codec-" + codec)
            values = [f"{codec} {number} " + "x" * 200 for number in range(20)]
            producer = self.producer(compression_type=None if codec == "none" else codec)
            self.produce(producer, topic, values)
            producer.close()
            report[codec] = self.read(topic, "read_committed") == values
        return report

    def group(self) -> object:
        name = self.prefix + "group"
        topic = self.topic("group", 2)
        producer = self.producer()
        self.produce(producer, topic, ["a", "b"], partition=0)
        self.produce(producer, topic, ["c", "d"], partition=1)
        first = self.consumer("group", topic)
        seen = sorted(self.values(first, 4))
        first.commit()
        state, members = self.described(name)
        first.close()
        self.produce(producer, topic, ["e"], partition=0)
        producer.close()
        second = self.consumer("group", topic)
        after = self.values(second, 1)
        committed = {str(part): second.committed(TopicPartition(topic, part)) for part in range(2)}
        second.close()
        listed = name in self.listed()
        (self.admin.delete_consumer_groups if IS_OLD else self.admin.delete_groups)([name])
        return {
            "first": seen,
            "state": state,
            "members": members,
            "second": after,
            "listed": listed,
            "committed": committed,
            "deleted": name not in self.listed(),
        }

    def listed(self) -> list[str]:
        if IS_OLD:
            return [group[0] for group in self.admin.list_consumer_groups()]
        return [group["group_id"] for group in self.admin.list_groups()]

    def described(self, name: str) -> tuple[str, int]:
        if IS_OLD:
            group = self.admin.describe_consumer_groups([name])[0]
            return group.state.lower(), len(group.members)
        group = self.admin.describe_groups([name])[name]
        return group["group_state"].lower(), len(group["members"])

    def idempotent(self) -> object:
        topic = self.topic("idempotent")
        values = [str(number) for number in range(50)]
        producer = self.producer(enable_idempotence=True, batch_size=64)
        self.produce(producer, topic, values)
        producer.close()
        return self.read(topic, "read_committed") == values

    def transactional(self, name: str) -> KafkaProducer:
        producer = self.producer(transactional_id=self.prefix + name)
        producer.init_transactions()
        return producer

    def transactions(self) -> object:
        topic = self.topic("transactions")
        producer = self.transactional("transactions")
        for value, end in [("a", producer.commit_transaction), ("b", producer.abort_transaction)] * 2:
            producer.begin_transaction()
            self.produce(producer, topic, [value])
            end()
        # A second producer with the same id fences the first.
        producer.begin_transaction()
        self.produce(producer, topic, ["ghost"])
        successor = self.transactional("transactions")
        try:
            producer.commit_transaction()
            fenced = False
        except KafkaError as error:
            fenced = type(error).__name__ in ("ProducerFencedError", "InvalidProducerEpochError")
        successor.close()
        producer.close(timeout=1)
        return {
            "committed": self.read(topic, "read_committed"),
            "uncommitted": self.read(topic, "read_uncommitted"),
            "fenced": fenced,
        }

    def offsets(self) -> object:
        source, target = self.topic("source"), self.topic("target")
        plain = self.producer()
        self.produce(plain, source, ["1", "2", "3", "4"])
        plain.close()
        place = TopicPartition(source, 0)
        for end in ["abort", "commit"]:
            consumer = self.consumer("offsets", source, isolation_level="read_committed")
            values = self.values(consumer, 4)
            producer = self.transactional("offsets")
            producer.begin_transaction()
            self.produce(producer, target, [f"{end} {value}" for value in values])
            position = {place: OffsetAndMetadata(consumer.position(place), "", -1)}
            group = consumer.config["group_id"] if IS_OLD else consumer.group_metadata()
            producer.send_offsets_to_transaction(position, group)
            producer.abort_transaction() if end == "abort" else producer.commit_transaction()
            producer.close()
            consumer.close()
        consumer = self.consumer("offsets")
        committed = consumer.committed(place)
        consumer.close()
        return {"target": self.read(target, "read_committed"), "committed": committed}

    def times(self) -> object:
        topic = self.topic("times")
        base = int(time.time() * 1000) - 60_000
        producer = self.producer()
        for number in range(5):
            self.produce(producer, topic, [str(number)], timestamp_ms=base + number * 1000)
        producer.close()
        consumer = self.consumer(None)
        place = TopicPartition(topic, 0)
        found = consumer.offsets_for_times({place: base + 1500})[place].offset
        consumer.assign([place])
        consumer.seek(place, found)
        values = self.values(consumer, 3)
        latest = consumer.end_offsets([place])[place]
        consumer.close()
        return {"offset": found, "values": values, "latest": latest}

    def settings(self, topic: str) -> dict[str, str]:
        if IS_OLD:
            answer = self.admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])[0]
            return {entry[0]: entry[1] for entry in answer.resources[0][4]}
        answer = self.admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)], config_filter="all")
        return {name: entry["value"] for name, entry in answer["topic"][topic].items()}

    def administration(self) -> object:
        topic = self.topic("admin", 3, **{"cleanup.policy": "compact"})
        before = self.settings(topic)
        # The whole set: 2.2 knows the older request only.
        wanted = {"cleanup.policy": "compact", "retention.ms": "3600000"}
        self.admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=wanted)])
        after = self.settings(topic)
        consumer = self.consumer(None)
        partitions = len(consumer.partitions_for_topic(topic))
        self.admin.delete_topics(self.topics)
        deadline = time.monotonic() + DEADLINE
        gone = False
        while not gone and time.monotonic() < deadline:
            gone = not set(self.topics) & set(consumer.topics())
        consumer.close()
        return {
            "partitions": partitions,
            "policy": before["cleanup.policy"],
            "retention": after["retention.ms"],
            "deleted": gone,
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--prefix", required=True)
    arguments = parser.parse_args()
    flow = Flow(arguments.bootstrap_servers, arguments.prefix)
    report = {"library": "kafka-python " + kafka.__version__}
    steps = ["codecs", "group", "idempotent", "transactions", "offsets", "times", "administration"]
    for step in steps:
        report[step] = getattr(flow, step)()
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
