"""Registers a customer as the contract has it, and prints the command's outcome.

A client in another language with another library: it knows the contract alone.
"""

import argparse
import json
import sys
import time
import uuid

from confluent_kafka import Consumer, Producer, TopicPartition


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--topic-prefix", default="")
    parser.add_argument("--mode", choices=["structured", "binary"], default="structured")
    parser.add_argument("--customer", required=True)
    parser.add_argument("--document", required=True)
    parser.add_argument("--timeout", type=float, default=30)
    arguments = parser.parse_args()

    outcomes = arguments.topic_prefix + "command-outcomes"
    consumer = Consumer(
        {
            "bootstrap.servers": arguments.bootstrap_servers,
            "group.id": arguments.topic_prefix + "python",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
        }
    )
    partitions = consumer.list_topics(outcomes, timeout=10).topics[outcomes].partitions
    places = []
    for partition in partitions:
        place = TopicPartition(outcomes, partition)
        _, place.offset = consumer.get_watermark_offsets(place, timeout=10)
        places.append(place)
    consumer.assign(places)

    command = str(uuid.uuid4())
    send(arguments, command)
    deadline = time.monotonic() + arguments.timeout
    try:
        while time.monotonic() < deadline:
            message = consumer.poll(0.2)
            if message is None or message.error():
                continue
            outcome = json.loads(message.value())
            if outcome["data"]["commandId"] == command:
                print(json.dumps(outcome))
                return 0
    finally:
        consumer.close()
    print("no outcome in time", file=sys.stderr)
    return 1


def send(arguments: argparse.Namespace, command: str) -> None:
    data = {"values": {"document": arguments.document}, "name": "Íris"}
    if arguments.mode == "structured":
        value = {
            "specversion": "1.0",
            "id": command,
            "source": "/python",
            "type": "RegisterCustomer",
            "data": data,
        }
        headers = [("content-type", b"application/cloudevents+json; charset=UTF-8")]
    else:
        value = data
        headers = [
            ("content-type", b"application/json"),
            ("ce_specversion", b"1.0"),
            ("ce_id", command.encode()),
            ("ce_source", b"/python"),
            ("ce_type", b"RegisterCustomer"),
        ]
    failures = []
    producer = Producer(
        {
            "bootstrap.servers": arguments.bootstrap_servers,
            "partitioner": "murmur2_random",
            "enable.idempotence": True,
        }
    )
    producer.produce(
        arguments.topic_prefix + "customer-commands",
        key=arguments.customer,
        value=json.dumps(value),
        headers=headers,
        on_delivery=lambda error, _: failures.append(error) if error else None,
    )
    if producer.flush(arguments.timeout) or failures:
        sys.exit(f"the command was not written: {failures}")


if __name__ == "__main__":
    sys.exit(main())
