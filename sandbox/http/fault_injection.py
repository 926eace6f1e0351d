"""Carries out faults on a connection, as `fault_rules` decided them."""

from sandbox.http import sendgrid_answers
from sandbox.http.fault_rules import FaultAction
from sandbox.http.server_connection import Request, SandboxAnswer, SandboxConnection

LONGEST_SILENCE = 600.0
EARLY = ("reset-body", "413-early", "refuse")


def interrupt(connection: SandboxConnection, action: FaultAction) -> None:
    """Carry out a fault that happens before the whole body is read. The connection is closed afterwards."""
    if action.name == "413-early":
        # Then the kernel sends RST, as when a front server closes with unread bytes in the socket. If no byte is unread at that
        # moment, an ordinary close would leave the client waiting for a minute.
        connection.send(sendgrid_answers.for_fault("413"), keep_alive=False)
    connection.reset()


def answer_status(action: FaultAction) -> int | None:
    """The status of the answer, or None if the client gets no complete answer."""
    head = action.name.partition("-")[0]
    return int(head) if head.isdigit() else None


def enact(connection: SandboxConnection, request: Request, action: FaultAction, usual: SandboxAnswer) -> bool:
    """Answer as the fault demands; `usual` is the answer without the fault. Returns whether the connection stays open."""
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
    elif kind != "close":  # slow-body, no-id: the answer itself is sent as usual
        connection.send(usual, request.keep_alive)
        return request.keep_alive
    connection.close()
    return False
