"""Requests made up from the OpenAPI document, good ones and bad: a live hub answers none of them as it should not."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup as CheckFailed
from schemathesis.core.result import Ok

from tests.entrypoints.api.conftest import Live

EXAMPLES = 4
LEFT_OUT = {"/v1/changes/stream", "/v1/keys", "/v1/keys/{key}"}  # an endless answer, and a key would close the hub

load_all_checks()
HELD = [
    CHECKS.get_one(name)
    for name in ("status_code_conformance", "content_type_conformance", "response_schema_conformance")
]


# The pool of the hub, in a thread of this process, draws from `random` meanwhile.
@pytest.mark.filterwarnings("ignore:Do not use the .random. module")
def test_whatever_is_sent_is_answered_as_documented(live: Live) -> None:
    document: dict[str, Any] = live.http.get("/openapi.json").json()
    document["paths"] = {path: found for path, found in document["paths"].items() if path not in LEFT_OUT}
    wrong: list[str] = []
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _try(live, operation, mode, wrong)
    assert not wrong, "\n\n".join(wrong)


def _try(live: Live, operation: Any, mode: GenerationMode, wrong: list[str]) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        try:
            response = case.call(base_url=str(live.http.base_url))
            # A machine under load may answer 503; a fault of ours is always wrong.
            assert response.status_code != 500, f"{operation.label}, {mode.value}: {response.text}"
            case.validate_response(response, checks=HELD)
        except CheckFailed as failed:
            wrong.extend(f"{operation.label}, {mode.value}: {failure}" for failure in failed.exceptions)

    try:
        ask()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, f"{operation.label}: nothing fits its schema"
