import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("metaedu_capture", "0001_initial"),
        ("metaedu_tutoring", "0002_dismissed_action"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReachedSkill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("course", models.CharField(max_length=255)),
                ("skill", models.CharField(max_length=255)),
                ("responses", models.IntegerField()),
                ("correct", models.IntegerField()),
                ("reached", models.DateTimeField()),
                (
                    "learner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="metaedu_capture.learner",
                        to_field="pseudonym",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("learner", "course", "skill"), name="metaedu_reached_once")
                ],
            },
        ),
    ]
