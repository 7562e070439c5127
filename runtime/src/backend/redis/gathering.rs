//! Requests that leave in one write.
//!
//! Small requests leave at once (`TCP_NODELAY`), so what many tasks ask would be many writes,
//! packets and wake-ups of the server, each with little in it. So with more than one request under
//! way, a write lets every task that is ready have its turn first, once: those who were woken
//! together ask together. One request alone waits for nobody, and nothing waits for an answer. See
//! `docs/decisions/0023-a-write-waits-a-turn.md`.
//!
//! What is read passes through, and is noted as a sign that the server lives. Its end is an error,
//! wherever it comes: the driver would take half a reply before it for one that cannot be read.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::traffic::Traffic;

/// A connection that gathers what it is to write. It takes one run of bytes at a time: the driver
/// never has more, and `send` does without what `writev` sets up.
#[derive(Debug)]
pub(super) struct Gathering<S> {
    stream: S,
    traffic: Traffic,
    wait: Wait,
}

/// Whether others had their turn before what is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    Due,
    Done,
}

impl<S> Gathering<S> {
    pub(super) fn new(stream: S, traffic: Traffic) -> Self {
        Self {
            stream,
            traffic,
            wait: Wait::Due,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Gathering<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let room = buffer.remaining();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if buffer.filled().len() == before && room > 0 {
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        }
        self.traffic.hear();
        Poll::Ready(Ok(()))
    }
}

/// All but the writing of several runs, which by default is said not to be done.
impl<S: AsyncWrite + Unpin> AsyncWrite for Gathering<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        run: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.wait == Wait::Due && self.traffic.count() > 1 {
            self.wait = Wait::Done;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_write(context, run)
    }

    /// Comes when all that was gathered is written.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wait = Wait::Due;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Waker;
    use std::time::Duration;

    use super::*;
    use crate::clock::Clock;

    /// What is written, as long as there is room for it.
    struct Page {
        written: Vec<u8>,
        room: usize,
    }

    impl AsyncWrite for Page {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            run: &[u8],
        ) -> Poll<io::Result<usize>> {
            let taken = run.len().min(self.room - self.written.len());
            if taken == 0 {
                return Poll::Pending;
            }
            self.written.extend_from_slice(&run[..taken]);
            Poll::Ready(Ok(taken))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn gathering(room: usize) -> (Gathering<Page>, Traffic) {
        let (written, traffic) = (Vec::new(), Traffic::default());
        let page = Page { written, room };
        (Gathering::new(page, traffic.clone()), traffic)
    }

    fn write(stream: &mut Gathering<Page>, run: &[u8]) -> Poll<usize> {
        let mut context = Context::from_waker(Waker::noop());
        let polled = Pin::new(stream).poll_write(&mut context, run);
        polled.map(Result::unwrap)
    }

    fn flush(stream: &mut Gathering<Page>) {
        let mut context = Context::from_waker(Waker::noop());
        assert!(Pin::new(stream).poll_flush(&mut context).is_ready());
    }

    #[test]
    fn a_request_alone_waits_for_nobody() {
        let (mut stream, traffic) = gathering(100);
        for _ in 0..2 {
            let _one = traffic.enter();
            assert_eq!(write(&mut stream, b"one"), Poll::Ready(3));
            flush(&mut stream);
        }
    }

    #[test]
    fn with_others_a_write_waits_for_one_turn() {
        let (mut stream, traffic) = gathering(100);
        let _one = traffic.enter();
        let other = traffic.enter();
        for _ in 0..2 {
            assert_eq!(write(&mut stream, b"one"), Poll::Pending);
            assert_eq!(write(&mut stream, b"one, two"), Poll::Ready(8));
            flush(&mut stream);
        }
        drop(other);
        assert_eq!(write(&mut stream, b"three"), Poll::Ready(5));
    }

    #[test]
    fn what_is_left_of_a_write_waits_for_nobody() {
        let (mut stream, traffic) = gathering(4);
        let _both = (traffic.enter(), traffic.enter());
        assert_eq!(write(&mut stream, b"one, two"), Poll::Pending);
        assert_eq!(write(&mut stream, b"one, two"), Poll::Ready(4));
        assert_eq!(
            write(&mut stream, b" two"),
            Poll::Pending,
            "there is no room"
        );
        stream.stream.room = 8;
        assert_eq!(write(&mut stream, b" two"), Poll::Ready(4));
    }

    /// Who writes is woken at once, behind those who are ready.
    #[tokio::test(start_paused = true)]
    async fn those_who_are_ready_come_first() {
        let (mut stream, traffic) = gathering(100);
        let (asks, mut asked) = tokio::sync::mpsc::unbounded_channel();
        let _both = (traffic.enter(), traffic.enter());
        asks.send(b'1').unwrap();
        let writer = tokio::spawn(async move {
            let mut gathered = Vec::new();
            poll_fn(|context| {
                while let Ok(request) = asked.try_recv() {
                    gathered.push(request);
                }
                Pin::new(&mut stream).poll_write(context, &gathered)
            })
            .await
            .unwrap();
            stream.stream.written
        });
        tokio::spawn(async move { asks.send(b'2').unwrap() });
        let clock = Clock::system();
        let deadline = clock.now() + Duration::from_secs(1);
        let written = clock.timeout_at(deadline, writer).await;
        assert_eq!(written.expect("he is woken").unwrap(), b"12");
    }
}
