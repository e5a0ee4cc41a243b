"""The two ends of the event bus: a producer as the LMS is configured, and a bare project that consumes.

BUS_END says which: `platform`, or `outside`, where there is nothing of the platform but its library of events.
BUS says over what: `redis` or `kafka`.
"""

import os

from tests.capture.payloads import check
from tests.capture.settings import *  # noqa: F403

INSTALLED_APPS = ["openedx_events", "metaedu_plugin.capture"]
EVENT_BUS_TOPIC_PREFIX = os.environ["BUS_PREFIX"]
if os.environ["BUS"] == "kafka":
    PRODUCER, CONSUMER = "edx_event_bus_kafka.create_producer", "edx_event_bus_kafka.KafkaEventConsumer"
    EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS = os.environ["BUS_KAFKA"]
    EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL = os.environ["BUS_SCHEMAS"]
else:
    PRODUCER, CONSUMER = "edx_event_bus_redis.create_producer", "edx_event_bus_redis.RedisEventConsumer"
    EVENT_BUS_REDIS_CONNECTION_URL = os.environ["BUS_REDIS"]

if os.environ["BUS_END"] == "platform":
    INSTALLED_APPS.append("eventtracking.django.apps.EventTrackingConfig")
    EVENT_TRACKING_ENABLED = True
    EVENT_BUS_PRODUCER = PRODUCER
    SEND_TRACKING_EVENT_EMITTED_SIGNAL = True
    EVENT_BUS_TRACKING_LOGS = ["problem_check"]
    EVENT_TRACKING_BACKENDS = {
        "event_bus": {"ENGINE": "eventtracking.backends.event_bus.EventBusRoutingBackend", "OPTIONS": {}}
    }
    EVENT_BUS_PRODUCER_CONFIG = {
        "org.openedx.analytics.tracking.event.emitted.v1": {
            "analytics": {"event_key_field": "tracking_log.name", "enabled": True}
        }
    }
else:
    EVENT_BUS_CONSUMER = CONSUMER
    EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT = 1
LOGGING = {"version": 1, "disable_existing_loggers": False, "root": {"level": "WARNING"}}


def emit(first: int, last: int) -> None:
    """Answers of as many learners, through the real tracker and onto the bus."""
    from eventtracking import tracker
    from openedx_events.event_bus import get_producer

    for user in range(first, last):
        event = check(user=user, at=user)
        with tracker.get_tracker().context("request", event["context"]):
            tracker.emit(event["name"], event["data"])
    if os.environ["BUS"] == "kafka":  # sends behind our back; a process of the platform lives longer than this one
        get_producer().prepare_for_shutdown()
