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
| course_item   | [B, 5]    | other learners' responses to the item, as counts |
| course_skills | [B, S, 5] | other learners' responses on each skill, as counts |
| course_total  | [B, 5]    | other learners' responses in the course, as counts |
| course_vector | [B, V]    | what training on this very course has learned of the item and its skills |

*Counts* are five columns: first attempts, right first attempts, later attempts, right later attempts, and learners
who answered at all. A response is a later attempt when its learner has answered the item before in the course, else a
first one; what it is at its item it is on the item's skills and in the course too.

`course_vector` is the item's vector and the mean of its skills' vectors, added up, and the course's own at the end
(`serving.vectors`); zeros where the bundle does not know the course, the item or a skill.

`predict` gives `probability` [B] and `concentration` [B]: mastery is the mean of a Beta distribution with
that concentration, which gives its interval. `observe` takes one more input, `outcome` [B, 5] = correct (0/1),
score (0..1), hints, seconds (-1 unknown), attempt. It gives the prediction of that very pair before the outcome, as
`predict` would, and then `learner_next` [B, G], `skills_next` [B, S, K], `item_next` [B, I].

A vector of a learner that nothing is known of is all zeros. The first four entries of every learner, skill and item
vector are the learner's own counts: the engine takes them off the course's counts, so that the course is always the
*others*; and the item's say whether the learner has answered it before.

A bundle's directory is at once a Triton model repository: `observe/1/model.onnx`, `predict/1/model.onnx`.
"""

from __future__ import annotations

from typing import Final

VERSION: Final = 3
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
    "course_vector",
)
OUTCOME: Final = "outcome"
PREDICT_INPUTS: Final = CONTEXT
OBSERVE_INPUTS: Final = (*CONTEXT, OUTCOME)
PREDICT_OUTPUTS: Final = ("probability", "concentration")
OBSERVE_OUTPUTS: Final = (*PREDICT_OUTPUTS, "learner_next", "skills_next", "item_next")

GRAPHS: Final = {
    "predict": "predict/1/model.onnx",
    "observe": "observe/1/model.onnx",
}
MANIFEST: Final = "manifest.json"
CARD: Final = "card.md"
COUNTS: Final = 4
"""Entries of each of the learner's vectors that are counts: the first four columns."""
COURSE_COUNTS: Final = COUNTS + 1
"""Columns of a course's counts. A learner's own fifth is 1 where any of the four is more than 0."""
