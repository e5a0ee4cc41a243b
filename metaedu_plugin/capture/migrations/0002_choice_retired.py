import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("metaedu_capture", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Choice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("course", models.CharField(blank=True, max_length=255)),
                ("feedback", models.BooleanField(default=True)),
                ("answers", models.BooleanField(default=True)),
                ("changed", models.DateTimeField(auto_now=True)),
                (
                    "learner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="choices",
                        to="metaedu_capture.learner",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("learner", "course"), name="metaedu_choice_once")],
            },
        ),
        migrations.CreateModel(
            name="Retired",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mark", models.CharField(max_length=32, unique=True)),
                ("since", models.DateTimeField(auto_now_add=True)),
            ],
        ),
    ]
