"""The walk through the docs knows every code block; `make docs-walk` runs them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load() -> Any:
    """The module tools/docs_walk.py."""
    spec = importlib.util.spec_from_file_location("docs_walk", ROOT / "tools/docs_walk.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


walk = load()
BLOCKS = [(doc, block) for doc in walk.DOCS for block in walk.blocks(doc)]


@pytest.mark.parametrize(("doc", "block"), BLOCKS, ids=[f"{doc}-{block.split()[0]}" for doc, block in BLOCKS])
def test_every_code_block_is_run_or_skipped_with_a_reason(doc: str, block: str) -> None:
    """A new command in the docs needs a step that checks what it promises."""
    step = walk.step_of(block)
    assert step is not None, f"tools/docs_walk.py doesn't know this block of {doc}"
    assert bool(step.check) != bool(step.skip)


def test_every_step_has_a_block() -> None:
    """A step whose block has left the docs is found, so it can't go on unnoticed."""
    assert [step.start for step in walk.STEPS if not any(block.startswith(step.start) for _, block in BLOCKS)] == []


def test_every_file_that_is_walked_exists() -> None:
    """The steps for deploy/ begin with a path."""
    assert [step.start for step in walk.FILES if not (ROOT / step.start).exists()] == []
