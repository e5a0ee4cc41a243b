"""The contract between a bundle's graphs and the engine. Training writes it, serving reads it.

A bundle holds two ONNX graphs. Both take the *context* of B learner-item pairs, in float32; S is the
largest number of skills of an item in the batch:

| input         | shape     | meaning |
|---------------|-----------|---------|
| learner       | [B, G]    | the learner's vector |
| skills        | [B, S, K] | the learner's vector on each skill of the item |
| skill_mask    | [B, S]    | 1 where there is a skill, else 0 |
| item          | [B, I]    | the learner's vector on the item |
| elapsed       | [B, 2]    | seconds since the learner's last response, and last one to the item; -1 unknown or never |
| skill_elapsed | [B, S]    | seconds since the learner's last response on each skill; -1 unknown or never |
| course_item   | [B, 2]    | other learners' responses to the item: count, number correct |
| course_skills | [B, S, 2] | other learners' responses on each skill: count, number correct |
| course_total  | [B, 2]    | other learners' responses in the course: count, number correct |

`predict` gives `probability` [B] and `concentration` [B]: mastery is the mean of a Beta distribution with
that concentration, which gives its interval. `observe` takes one more input, `outcome` [B, 5] = correct (0/1),
score (0..1), hints, seconds (-1 unknown), attempt, and gives `learner_next` [B, G], `skills_next` [B, S, K],
`item_next` [B, I].

A vector of a learner that nothing is known of is all zeros. The first two entries of every learner, skill and item
vector are the learner's own count and number correct: the engine takes them off the course's counts, so that
the course is always the *others*.

A bundle's directory is at once a Triton model repository: `observe/1/model.onnx`, `predict/1/model.onnx`.
"""

from __future__ import annotations

from typing import Final

VERSION: Final = 1
"""Version of this contract. A bundle of another version is refused."""

CONTEXT: Final = (
    "learner",
    "skills",
    "skill_mask",
    "item",
    "elapsed",
    "skill_elapsed",
    "course_item",
    "course_skills",
    "course_total",
)
OUTCOME: Final = "outcome"
PREDICT_INPUTS: Final = CONTEXT
OBSERVE_INPUTS: Final = (*CONTEXT, OUTCOME)
PREDICT_OUTPUTS: Final = ("probability", "concentration")
OBSERVE_OUTPUTS: Final = ("learner_next", "skills_next", "item_next")

GRAPHS: Final = {
    "predict": "predict/1/model.onnx",
    "observe": "observe/1/model.onnx",
}
MANIFEST: Final = "manifest.json"
CARD: Final = "card.md"
OWN_COUNT, OWN_CORRECT = 0, 1
