/** Whether a process of this number runs on this machine, somebody else's among them. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // a process of somebody else runs as well
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
