"""The library's subscription to the journal, without its blind spot."""

from eventsourcing.postgres import PostgresSubscription

LOOK_AGAIN_SECONDS = 1.0


class JournalSubscription(PostgresSubscription):
    """Looks again each second, notified or not.

    The library's looks once, then listens: an event that comes between the two is announced to nobody, and a
    subscriber that gets no further one waits for ever.
    """

    def _loop_on_pull(self) -> None:
        try:
            self._pull()
            while not self._has_been_stopped:
                self._has_been_notified.wait(LOOK_AGAIN_SECONDS)
                self._pull()
        except BaseException as error:
            if self._thread_error is None:
                self._thread_error = error
            self.stop()
