// SPDX-License-Identifier: EUPL-1.2
// Takes out of the lock file what npm copies into it of other projects: whom to pay, what to use.
import { readFileSync, writeFileSync } from "node:fs";

const name = "package-lock.json";
const lock = JSON.parse(readFileSync(name));
for (const each of Object.values(lock.packages)) {
  delete each.funding;
  delete each.deprecated;
}
writeFileSync(name, JSON.stringify(lock, null, 2) + "\n");
