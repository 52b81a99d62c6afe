import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const packages = fileURLToPath(new URL("../node_modules/.convoy/", import.meta.url));
const install = ["-m", "pip", "install", "-q", "--target", packages, "-r", "requirements.txt"];

export const secret = "a-secret-of-the-vendors-own-kind";
/** Null if the verifier can run here; otherwise what it needs. */
export const missing = spawnSync("python3", install, { cwd: here }).status === 0 ? null : "Python";
export const verify = ({ body, headers }) =>
  spawnSync("python3", ["verify.py", headers["x-convoy-signature"], secret], {
    cwd: here,
    input: body,
    env: { ...process.env, PYTHONPATH: packages },
  }).status === 0;
