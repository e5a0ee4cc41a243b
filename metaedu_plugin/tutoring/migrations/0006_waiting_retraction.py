import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("metaedu_capture", "0003_invalid_responses"),
        ("metaedu_tutoring", "0005_reached_at_a_bar"),
    ]

    operations = [
        migrations.CreateModel(
            name="WaitingRetraction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=32, unique=True)),
                ("course", models.CharField(max_length=255)),
                ("noted", models.DateTimeField(auto_now_add=True)),
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
        ),
    ]
