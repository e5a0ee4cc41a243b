"""Each event to one statement, by event-routing-backends.

Who: as the platform names its learners to the outside. What: a question, something to read, a plan or a finding.
Where: the course, as the statement's parent. Why and by which model: extensions of the context, named as in the event.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from event_routing_backends.helpers import get_uuid5
from event_routing_backends.processors.xapi.registry import XApiTransformersRegistry
from event_routing_backends.processors.xapi.transformer import XApiTransformer, XApiVerbTransformerMixin
from tincan import Activity, ActivityDefinition, Extensions

from metaedu_plugin import tracking
from metaedu_plugin.xapi import words

_SAFE: Final = ":@+/-._~"


class Transformer(XApiTransformer, XApiVerbTransformerMixin):  # type: ignore[misc]  # the library has no types
    """What all of metaedu's statements have in common."""

    verb_map = words.VERBS

    def get_event_id(self) -> Any:
        """The library's id is of person, moment and verb; here several things are seen at one moment."""
        said = f"{self.get_actor().to_json()}-{self.get_timestamp()}-{self.get_object().id}"
        return get_uuid5(self.get_verb().to_json(), said)

    def get_context_extensions(self) -> Any:
        """The library's, and the event's own fields."""
        given = {name: value for name, value in self.told.items() if name not in words.LEFT_OUT and value is not None}
        return Extensions(
            {
                **super().get_context_extensions(),
                words.EVENT: self.get_data("name", True),
                **{words.EXTENSION + name.replace("_", "-"): value for name, value in given.items()},
            }
        )

    def get_object(self) -> Any:
        """What was seen, followed or decided on."""
        kind, address = self.about()
        return Activity(id=address, definition=ActivityDefinition(type=kind))

    def about(self) -> tuple[str, str]:
        """Type and address of the object."""
        raise NotImplementedError

    @property
    def told(self) -> dict[str, Any]:
        """The event's data; the library's own look-up would also find fields of the context by name."""
        return dict(self.event.get("data") or self.event.get("event") or {})

    def course(self, *path: str) -> str:
        """Address of something of the course."""
        place = "/".join([str(self.told["course_id"]), *path])
        return str(self.get_object_iri("course", quote(place, safe=_SAFE)))

    def problem(self, *path: str) -> str:
        """Address of the problem that the event's item is a part of."""
        place = "/".join([str(self.told["item"]).partition("#")[0], *path])
        return str(self.get_object_iri("xblock", quote(place, safe=_SAFE)))


@XApiTransformersRegistry.register(tracking.RECOMMENDATION_SHOWN)
@XApiTransformersRegistry.register(tracking.RECOMMENDATION_FOLLOWED)
@XApiTransformersRegistry.register(tracking.RECOMMENDATION_DISMISSED)
class Recommendation(Transformer):
    """A learner and a next action."""

    def about(self) -> tuple[str, str]:
        """The question to answer, else what there is to read about the skill."""
        if self.told.get("item") and self.told.get("kind") != "read":
            return words.QUESTION, self.problem()
        if self.told.get("skill"):
            return words.RESOURCE, self.course("skill", str(self.told["skill"]), "reading")
        return words.RESOURCE, self.course("recommendation", str(self.told.get("reason")))


@XApiTransformersRegistry.register(tracking.FEEDBACK_SHOWN)
class Feedback(Transformer):
    """A learner and what was said about an answer."""

    def about(self) -> tuple[str, str]:
        """The feedback of the problem, beside its hints."""
        return words.RESOURCE, self.problem("feedback")


@XApiTransformersRegistry.register(tracking.PLAN_VIEWED)
class Plan(Transformer):
    """A learner and their plan."""

    def about(self) -> tuple[str, str]:
        """The plan of the course."""
        return words.RESOURCE, self.course("plan")


@XApiTransformersRegistry.register(tracking.INSIGHT_SHOWN)
@XApiTransformersRegistry.register(tracking.INSIGHT_ACCEPTED)
@XApiTransformersRegistry.register(tracking.INSIGHT_DISMISSED)
class Insight(Transformer):
    """Somebody who teaches, and a finding."""

    def about(self) -> tuple[str, str]:
        """The finding."""
        return words.OBJECTIVE if self.told.get("kind") == "skill" else words.RESOURCE, self.course(
            "insight", str(self.told["finding"])
        )
