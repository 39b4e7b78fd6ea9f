# make demo    install prepkit into .venv and report on the shipped example
# make test    install what the tests need, then run all checks and tests
# make torture kill, stop and starve runs of reports 200 times, and let every system call of a save fail; half an hour
# make fuzz    look for files that no reader refuses in words, each reader for FUZZ_SECONDS; twenty minutes
# make bench   measure seconds for each application against a plain shell loop
# make clean   remove what was installed and made here

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(shell command -v $(name))))
VENV := .venv
RUN := $(VENV)/bin/python
APT := $(if $(filter 0,$(shell id -u)),apt-get,sudo apt-get)

.PHONY: demo test torture check bench clean

demo: $(VENV)/.installed
	$(RUN) -m prepkit demo

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); $(PYTHON) -m venv --without-pip $(VENV) && $(PYTHON) -m pip --python $(VENV)/bin/python install --quiet pip; }
	$(RUN) -m pip install --quiet --upgrade pip

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(RUN) -m pip install --quiet --editable .
	touch $@

$(VENV)/.installed-test: $(VENV)/bin/python pyproject.toml
	$(RUN) -m pip install --quiet --editable '.[test]'
	touch $@ $(VENV)/.installed

# Chromium shows the reports as readers see them; without it the browser tests have nothing to look with.
chromium:
	command -v chromium >/dev/null || { $(APT) update -qq && $(APT) install --yes --quiet --no-install-recommends chromium; }
.PHONY: chromium

# strace shows what a command connects to, and lets each step of a save fail.
strace:
	command -v strace >/dev/null || { $(APT) update -qq && $(APT) install --yes --quiet --no-install-recommends strace; }
.PHONY: strace

test: chromium strace check
	CI=true $(RUN) -m pytest --quiet --numprocesses 2 --dist loadgroup

torture: strace $(VENV)/.installed-test
	PREPKIT_TORTURE_KILLS=$${PREPKIT_TORTURE_KILLS:-200} $(RUN) -m pytest tests/torture tests/hardening/test_saves.py tests/hardening/test_bombs.py --quiet -rP --numprocesses 2

fuzz: $(VENV)/.installed-test
	$(RUN) -m pip install --quiet --editable '.[test,fuzz]'
	FUZZ_SECONDS=$${FUZZ_SECONDS:-60} $(RUN) tests/hardening/fuzz.py
.PHONY: fuzz

check: $(VENV)/.installed-test
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(RUN) -m nbstripout --keep-id --verify workbooks/*.ipynb

bench: $(VENV)/.installed-test
	$(RUN) tests/benchmarks/bench_delivery.py
	$(RUN) tests/benchmarks/bench_report.py
	$(RUN) tests/benchmarks/bench_many.py

clean:
	rm -rf $(VENV) build dist prepkit-demo .mypy_cache .pytest_cache .ruff_cache .hypothesis
