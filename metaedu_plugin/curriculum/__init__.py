"""What is taught: courses, items, skills, pages to read.

Read in this order: `models`, `reading` (items to skills, with the fall-backs), `maps` (what the engine chooses from),
`importing` with `tables` and `structure` (CSV, and the platform's course structure), `discovery` (items that show up
in answers). Others use `api` alone.
"""
