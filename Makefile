# Everything starts here: `make demo` and `make test` need Python >= 3.11, make and git, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help install demo test lint bench bench-real bench-day-one figures openapi screenshots extract_translations compile_translations clean

help:
	@echo "make demo              a course platform with metaedu, trained and running (DATA=answers.csv for your own answers, with MAP=\"learner=student\" where columns have other names; CHECK=1 to check it all and stop)"
	@echo "make test              all tests"
	@echo "make lint              style, types, layers"
	@echo "make bench             every measured figure that the documentation quotes"
	@echo "make bench-real        the run on real data: METAEDU_BENCH_DATA=folder with Parquet files"
	@echo "make bench-day-one     every method on every course of METAEDU_BENCH_DATA, by learners seen (COURSES=, METHODS=, SUPPORT= with commas)"
	@echo "make figures           the README's tables and docs/figures.md, from bench/results"
	@echo "make openapi           docs/openapi.yaml and docs/serving.openapi.json, from the code"
	@echo "make extract_translations  the catalogues in metaedu_plugin/conf/locale, from the code (needs GNU gettext)"
	@echo "make compile_translations  what Django reads of them"
	@echo "make screenshots       the pictures in docs/, of the demo made last"

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "metaedu needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Say which: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet --editable ".[lms,serving,traces,training,bench,dev]"
	@touch $(READY)

install: $(READY)

demo: $(READY)
	@$(BIN)/python -m deploy.demo.run $(if $(DATA),--data "$(DATA)") $(if $(COURSE),--course "$(COURSE)") $(addprefix --map=,$(MAP)) $(if $(CHECK),--check) $(if $(PORT),--port $(PORT))

# Two processes, each with whole files: what a file's tests share is made once.
test: $(READY)
	$(BIN)/pytest -n 2 --dist loadfile

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

bench: $(READY)
	$(BIN)/python -m bench.import_log
	$(BIN)/python -m bench.capture
	$(BIN)/python -m bench.pages
	$(BIN)/python -m bench.feedback
	$(BIN)/python -m bench.experiment
	$(BIN)/python -m bench.meta_speed
	$(BIN)/python -m bench.meta_learning
	$(BIN)/python -m bench.default_model
	$(BIN)/python -m bench.serving.engine
	$(BIN)/python -m bench.serving.run
	$(BIN)/python -m bench.serving.capacity
	@if [ -n "$(METAEDU_BENCH_DATA)" ]; then $(BIN)/python -m bench.simulated_courses && $(BIN)/python -m bench.real_data; else echo "real data left out: set METAEDU_BENCH_DATA to a folder of Parquet files"; fi

bench-real: $(READY)
	$(BIN)/python -m bench.real_data

bench-day-one: $(READY)
	$(BIN)/python -m bench.day_one.run $(if $(COURSES),--courses $(COURSES)) $(if $(METHODS),--methods $(METHODS)) $(if $(SUPPORT),--support $(SUPPORT))
	$(BIN)/python -m bench.day_one.report

figures: $(READY)
	$(BIN)/python -m bench.figures

openapi: $(READY)
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml
	$(BIN)/python -m serving.service.document docs/serving.openapi.json

screenshots: $(READY)
	PYTHONPATH=. $(BIN)/python docs/screenshots.py

# The platform's names for them. A text that has changed keeps its translation, marked as fuzzy: look at it, take the mark off.
MESSAGES = ../$(BIN)/django-admin makemessages --locale en --locale zh_CN --no-wrap --no-obsolete --add-location file --ignore '*.min.js'

extract_translations: $(READY)
	cd metaedu_plugin && $(MESSAGES)
	cd metaedu_plugin && $(MESSAGES) --domain djangojs

# Django alone calls simplified Chinese zh_Hans, the platform zh_CN.
compile_translations: $(READY)
	cd metaedu_plugin/conf && ../../$(BIN)/django-admin compilemessages
	mkdir -p metaedu_plugin/conf/locale/zh_Hans/LC_MESSAGES
	cp metaedu_plugin/conf/locale/zh_CN/LC_MESSAGES/*.mo metaedu_plugin/conf/locale/zh_Hans/LC_MESSAGES/

clean:
	rm -rf var build *.egg-info .pytest_cache .mypy_cache .ruff_cache
