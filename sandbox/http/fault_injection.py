"""Enacts the faults on a connection: what `faults` decides, this does to the bytes."""

from sandbox.http import sendgrid_answers
from sandbox.http.fault_rules import Action
from sandbox.http.server_connection import Answer, Connection, Request

LONGEST_SILENCE = 600.0
EARLY = ("reset-body", "413-early", "refuse")


def interrupt(connection: Connection, action: Action) -> None:
    """The faults that strike before the whole body is read. The connection is finished after them."""
    if action.name == "413-early":
        # Closing with unread bytes in the socket makes the kernel send RST, as a front server's early close does.
        connection.send(sendgrid_answers.for_fault("413"), keep_alive=False)
        connection.close()
    else:
        connection.reset()


def answer_status(action: Action) -> int | None:
    """The status the client would read whole, or None when it gets none."""
    head = action.name.partition("-")[0]
    return int(head) if head.isdigit() else None


def enact(connection: Connection, request: Request, action: Action, usual: Answer) -> bool:
    """Answer as the fault wants; `usual` is what would have been said. True when the connection lives on."""
    kind = action.name.removesuffix("-before").removesuffix("-after")
    if answer_status(action) is not None:
        connection.send(sendgrid_answers.for_fault(action.name, action.seconds(2.0)), request.keep_alive)
        return request.keep_alive
    if kind == "silence":
        connection.await_close(action.seconds(LONGEST_SILENCE))
    elif kind == "reset":
        connection.reset()
        return False
    elif kind in ("partial", "partial-head"):
        connection.send_part(usual, whole_head=kind == "partial")
    elif kind == "trickle":
        connection.send_slowly(usual, action.seconds(60.0))
    elif kind != "close":  # slow-body, no-id: only the way there was different
        connection.send(usual, request.keep_alive)
        return request.keep_alive
    connection.close()
    return False
