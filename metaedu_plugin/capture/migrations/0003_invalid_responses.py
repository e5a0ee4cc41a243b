from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("metaedu_capture", "0002_choice_retired"),
    ]

    operations = [
        migrations.AddField(
            model_name="response",
            name="graded",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="response",
            name="place",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="activity",
            name="kind",
            field=models.CharField(
                choices=[
                    ("hint", "Hint"),
                    ("show_answer", "Show Answer"),
                    ("completion", "Completion"),
                    ("enrolled", "Enrolled"),
                    ("unenrolled", "Unenrolled"),
                    ("reset", "Reset"),
                    ("rescored", "Rescored"),
                ],
                max_length=16,
            ),
        ),
    ]
