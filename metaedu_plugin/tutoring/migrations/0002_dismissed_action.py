import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("metaedu_capture", "0001_initial"),
        ("metaedu_tutoring", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="DismissedAction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("course", models.CharField(max_length=255)),
                ("reading", models.BooleanField()),
                ("subject", models.CharField(max_length=255)),
                ("reason", models.CharField(max_length=64)),
                ("until", models.DateTimeField()),
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
                    models.UniqueConstraint(
                        fields=("learner", "course", "reading", "subject"), name="metaedu_dismissed_once"
                    )
                ],
            },
        ),
    ]
