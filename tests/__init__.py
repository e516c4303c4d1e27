"""All tests. The modules that several files share report their asserts as pytest's own do."""

import pytest

pytest.register_assert_rewrite(
    *(f"tests.{name}" for name in ("articles", "handmade", "junk", "on_server", "ratings", "releases", "result_items"))
)
