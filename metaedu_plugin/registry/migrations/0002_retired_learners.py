from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("metaedu_registry", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="retired_learners",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
