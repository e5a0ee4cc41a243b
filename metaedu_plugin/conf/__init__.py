"""Translations of every app, where the platform looks for a plugin's: `conf/locale` of its package."""
