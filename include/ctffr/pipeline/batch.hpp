// SPDX-License-Identifier: Apache-2.0
// `ctffr run` over a cohort: every case in a process of its own, resumed after any interruption, and one
// table.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/result.hpp"
#include "ctffr/pipeline/manifest.hpp"
#include "ctffr/pipeline/request.hpp"

namespace ctffr {

struct BatchRequest {
    std::filesystem::path manifest;
    std::filesystem::path out;
    RunRequest options;  // flow, networks and stage options of every case; its inputs and facts are not used
    std::string device = "auto";
    int jobs = 1;                   // cases at a time
    int threads_per_case = 1;       // 0: as many as the machine has
    std::vector<std::string> only;  // names of cases; empty: all
    int task = 0;                   // of a job array: cases task, task + tasks, ... of the manifest; 0: all
    int tasks = 0;                  // how many there are; 0: one per case
    SoftwareFacts software;
};

// How many cases there are of each kind; `unfinished` are those that another run of the batch would do.
struct BatchOutcome {
    int cases = 0, ok = 0, excluded = 0, rejected = 0, failed = 0, missing = 0;
    int unfinished = 0;
};

// Runs every case of the manifest (or those of `only`, or of a task) that has no valid row, `jobs` at a time,
// as child processes of this program. A case counts as done when OUT/rows/CASE/row.json says so for the same
// inputs, options and version. A whole batch holds the lock of OUT and keeps cohort.csv and summary.json;
// parts
// (`only`, `task`) run beside each other and leave both alone. Throws Error(interrupted) once `run.cancel` is
// set and the children have ended, Error(file_system) when another batch works in OUT.
BatchOutcome run_batch(const BatchRequest& request, const Run& run);

// Writes cohort.csv and summary.json from the rows there are.
BatchOutcome merge_batch(const BatchRequest& request, const Run& run);

struct SlurmRequest {
    BatchRequest batch;
    std::vector<std::string> sbatch_options;  // as in "--partition=gpu", one each
    bool submit = false;
    int cpus_per_task = 4;
    int max_tasks = 1000;  // longest job array: MaxArraySize of a cluster is 1001 unless set otherwise
};

// Writes OUT/slurm/job.sh (an array job), merge.sh and README.txt, and submits both with sbatch when asked
// to. Returns what was submitted, in words; empty: nothing.
std::string write_slurm_job(const SlurmRequest& request, const Run& run);

}  // namespace ctffr
