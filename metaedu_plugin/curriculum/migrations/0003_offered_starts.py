from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("metaedu_curriculum", "0002_item_options"),
    ]

    operations = [
        migrations.AddField(model_name=model, name=name, field=field)
        for model in ("item", "page")
        for name, field in (
            ("offered", models.BooleanField(default=True)),
            ("starts", models.DateTimeField(blank=True, null=True)),
        )
    ]
