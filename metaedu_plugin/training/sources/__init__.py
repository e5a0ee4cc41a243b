"""Where answers come from that are not in the plugin's own tables: Aspects' ClickHouse.

Read in this order: `base` (what a source is, and which is chosen), `statements` (what is asked of ClickHouse),
`answers` (statements to the rows of the dataset), `people` (who an actor is here), `clickhouse` (the connection).
"""

from metaedu_plugin.training.sources.base import ASPECTS, OWN, Source, chosen, told

__all__ = ["ASPECTS", "OWN", "Source", "chosen", "told"]
