"""What the platform's settings get from capture: the platform calls `plugin_settings` of one module per environment.

An error here would stop the platform from starting, so nothing here imports the apps, writes to the disk or raises.
"""
