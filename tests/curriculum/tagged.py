"""The platform's tagging with its real tables, read by the adapter; a process of its own, started by a test."""

from __future__ import annotations

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "openedx_tagging"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    METAEDU_SKILL_TAXONOMY="Skills",
)
django.setup()

from django.core.management import call_command  # noqa: E402
from openedx_tagging import api as tagging  # noqa: E402

from metaedu_plugin.curriculum import openedx  # noqa: E402

COURSE = "course-v1:river+FDP+2026"
BLOCK = "block-v1:river+FDP+2026+type@problem+block@a"
OTHER = "block-v1:river+FDP+2026x+type@problem+block@a"

call_command("migrate", verbosity=0)
skills = tagging.create_taxonomy("Skills", export_id="skills-2026")
levels = tagging.create_taxonomy("Levels")
for tag in ("Halves", "Adding"):
    tagging.add_tag_to_taxonomy(skills, tag)
tagging.add_tag_to_taxonomy(levels, "Hard")
tagging.tag_object(BLOCK, skills, ["Halves", "Adding"])
tagging.tag_object(BLOCK, levels, ["Hard"])
tagging.tag_object(OTHER, skills, ["Halves"])

found = openedx.tags(course=COURSE)
assert found is not None
assert list(found) == [BLOCK], found
custom = openedx.tags(course="ccx-v1:river+FDP+2026+ccx@1")
assert custom == {"ccx-block-v1:river+FDP+2026+ccx@1+type@problem+block@a": found[BLOCK]}, custom
settings.METAEDU_SKILL_TAXONOMY = "skills-2026"
assert openedx.tags(course=COURSE) == found
settings.METAEDU_SKILL_TAXONOMY = ""
print(*sorted(found[BLOCK]), str(openedx.tags(course=COURSE)).lower())
