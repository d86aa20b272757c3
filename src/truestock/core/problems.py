"""What is wrong with a request, in words its sender can act on; the surfaces only encode it."""


class Problem(Exception):
    """A refusal: `type` is stable and for programs, `detail` says what to do, `field` is the one at fault.

    `status` is a hint for HTTP."""

    type = "problem"
    title = "The request cannot be done"
    status = 400

    def __init__(self, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field


class Invalid(Problem):
    """A value that cannot be meant."""

    type = "invalid"
    title = "A field is not valid"
    status = 422

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail, field)


class NotFound(Problem):
    """Something named that is not there."""

    type = "not-found"
    title = "There is no such thing"
    status = 404

    def __init__(self, what: str, key: object, field: str | None = None) -> None:
        super().__init__(f"there is no {what} {key!r}; create it first, or check the spelling", field or what)
        self.what = what
        self.key = key


class Conflict(Problem):
    """A request that is fine by itself and clashes with what is there."""

    type = "conflict"
    title = "The request clashes with what is there"
    status = 409
