// Starts `handset sandbox` for a test and tells it what to do. Needs node 20 and nothing else.
// HANDSET names the program; without it it is looked for on the path.
import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const PROGRAM = process.env.HANDSET ?? 'handset';

/** Starts a sandbox with these arguments, and resolves once it is ready. */
export async function startSandbox(...args) {
  // With --with-stdin the sandbox ends with this process, however that ends.
  const child = spawn(PROGRAM, ['sandbox', '--with-stdin', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const ready = await Promise.race([
    new Promise((resolve) => createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line)))),
    new Promise((_, reject) => child.on('error', reject)),
    ended.then((code) => { throw new Error(`handset sandbox ended with ${code}`); }),
  ]);
  const env = { ...process.env, HANDSET_SANDBOX: ready.csds, HANDSET_SANDBOX_TOKEN: ready.control_token };
  return {
    ...ready,
    /** Runs `handset sandbox ctl` with these arguments, and resolves to its answer. */
    async ctl(...words) {
      const { stdout } = await promisify(execFile)(PROGRAM, ['sandbox', 'ctl', '--json', ...words], { env });
      return stdout.trim() ? JSON.parse(stdout) : undefined;
    },
    /** Ends the sandbox. */
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
