//! Worker processes and the jobs they share.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::Outcome;
use crate::scene::Programs;
use crate::worker::{Job, Run};

struct Worker {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Worker {
    fn start(programs: &Programs) -> Outcome<Self> {
        let mut command = Command::new(&programs.own);
        command.arg("worker").arg(&programs.monitor).arg(&programs.runtime);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (to, from) = (child.stdin.take().ok_or("no stdin")?, child.stdout.take().ok_or("no stdout")?);
        Ok(Self { child, to, from: BufReader::new(from) })
    }

    fn run(&mut self, job: &Job) -> Outcome<Run> {
        writeln!(self.to, "{}", serde_json::to_string(job)?)?;
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        serde_json::from_str(&line).map_err(|error| format!("a worker failed at {job:?}: {error}").into())
    }

    /// A rule is broken only if it is broken twice: a busy machine alone must not be a failure.
    fn confirmed(&mut self, job: &Job) -> Outcome<Run> {
        let first = self.run(job)?;
        if first.broken.is_empty() {
            return Ok(first);
        }
        let second = self.run(job)?;
        let once = if second.broken.is_empty() { first.broken } else { vec![] };
        Ok(Run { once, ..second })
    }

    fn finish(mut self) -> Outcome {
        drop(self.to);
        self.child.wait()?;
        Ok(())
    }
}

/// Runs all jobs, `count` in parallel, and passes on each result.
pub(crate) fn run_all(
    programs: &Programs,
    count: usize,
    jobs: &[Job],
    report: impl Fn(Run) + Sync,
) -> Outcome {
    let next = Mutex::new(jobs.iter());
    std::thread::scope(|scope| {
        let work = || -> Result<(), String> {
            let mut worker = Worker::start(programs).map_err(|error| error.to_string())?;
            loop {
                let job = next.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some(job) = job else { break };
                report(worker.confirmed(job).map_err(|error| error.to_string())?);
            }
            worker.finish().map_err(|error| error.to_string())
        };
        let workers: Vec<_> = (0..count.min(jobs.len())).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            worker.join().map_err(|_| "a thread failed")??;
        }
        Ok(())
    })
}
