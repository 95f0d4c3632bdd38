// SPDX-License-Identifier: Apache-2.0
// What a program sets about its own process, first thing in main().
#pragma once

namespace ctffr {

// Call first in main(): starts the program anew, in the same process, with OMP_WAIT_POLICY=passive, unless
// the user has chosen a policy. By default the threads of GCC's OpenMP wait by spinning; as soon as two
// programs share the processors, each then waits for a thread that the other's spinning keeps from running.
// Two 3-D solutions side by side on 2 cores took 116 s so, and 3 s when the threads sleep. The runtime reads
// the policy before main(), hence the new start. Returns when there is nothing to do or the start fails:
// results are the same either way.
void wait_without_spinning(char** argv);

// Blocks of a megabyte or more go back to the system when they are freed. By default glibc raises that limit
// to 32 MB as it goes, and the tables that a solver has dropped stay part of the process.
void return_freed_memory();

}  // namespace ctffr
