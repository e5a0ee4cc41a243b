"""metaedu's events as xAPI statements, where the platform makes such: event-routing-backends, and with it Aspects.

Read in this order: `metaedu_plugin/tracking.py` (the events), `words` (verbs and names), `transformers` (event to
statement), `settings` (that the platform lets them through). Nothing here is needed by, or needs, the other apps.
"""
