from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("metaedu_curriculum", "0003_offered_starts"),
    ]

    operations = [
        migrations.AddField(model_name="item", name="gone", field=models.BooleanField(default=False)),
    ]
