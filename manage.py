#!/usr/bin/env python
"""The command line. It runs with the worker's settings, so that it may train; the web process does not."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.demo.worker")
    execute_from_command_line(sys.argv)
