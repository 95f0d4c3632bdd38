// SPDX-License-Identifier: Apache-2.0
// `ctffr batch`: a manifest of cases in, one table out.
#include <algorithm>
#include <thread>

#include "app/command.hpp"
#include "app/request_options.hpp"
#include "ctffr/pipeline/batch.hpp"

namespace ctffr {

namespace {

void print_outcome(const BatchOutcome& outcome) {
    fmt::print("{} cases: {} ok, {} ok with excluded segments, {} rejected, {} failed, {} missing\n",
               outcome.cases, outcome.ok, outcome.excluded, outcome.rejected, outcome.failed,
               outcome.missing);
}

class BatchCommand : public Command {
   public:
    std::string name() const override { return "batch"; }
    std::string help() const override { return "Run a cohort: a manifest of cases in, one table out"; }
    void add_options(CLI::App& app, const std::vector<std::string>&) override {
        app.add_option(
               "MANIFEST", request_.manifest,
               "CSV with the columns case and path, and any of: mask, lumen, centerlines, patient values, "
               "ffr_invasive_VESSEL")
            ->required();
        app.add_option("-o,--out", request_.out, "output folder")->required();
        app.add_option("--jobs", request_.jobs, "cases at a time; each has its share of the threads")
            ->check(CLI::Range(1, 4096))
            ->capture_default_str();
        const std::string part = "Part of a batch";
        app.add_option("--only", request_.only, "only this case; may be given several times")
            ->allow_extra_args(false)
            ->group(part);
        app.add_option("--task", request_.task,
                       "only the cases N, N + tasks, ... of the manifest (job arrays)")
            ->check(CLI::Range(1, 1000000000))
            ->group(part);
        app.add_option("--tasks", request_.tasks, "number of tasks of the array; 0: one per case")
            ->check(CLI::Range(0, 1000000000))
            ->capture_default_str()
            ->group(part);
        app.add_flag("--merge", merge_, "run nothing: make cohort.csv and summary.json from what is done")
            ->group(part);
        const std::string slurm = "Slurm";
        app.add_flag("--slurm", slurm_, "run nothing: write the array job OUT/slurm/job.sh")->group(slurm);
        app.add_flag("--slurm-submit", submit_, "write it and submit it with sbatch")->group(slurm);
        app.add_option("--slurm-option", sbatch_options_,
                       "option of sbatch for the job, as in --slurm-option=--partition=gpu; several times")
            ->allow_extra_args(false)
            ->group(slurm);
        add_common_options(app, request_.options);
    }
    ExitCode execute(Session& session) override {
        request_.software = session.software();
        request_.device = session.options().device;
        const int threads = session.options().threads;
        const int machine = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
        request_.threads_per_case = threads > 0 ? threads : std::max(1, machine / request_.jobs);
        check_modes();
        if (slurm_ || submit_) return write_job(session);
        const BatchOutcome outcome =
            merge_ ? merge_batch(request_, session.run()) : run_batch(request_, session.run());
        if (!session.quiet()) {
            print_outcome(outcome);
            if (merge_ || (request_.only.empty() && request_.task == 0))
                fmt::print("table in {}\nResearch use only, not a medical device.\n",
                           (request_.out / "cohort.csv").string());
        }
        if (outcome.unfinished == 0) return ExitCode::ok;
        throw Error(
            ExitCode::batch_unfinished,
            "{} of {} cases have no result and no reason of their own (not run, killed, out of memory, disk "
            "full): run the same command again.",
            outcome.unfinished, outcome.cases);
    }

   private:
    void check_modes() const {
        const int modes = (!request_.only.empty()) + (request_.task != 0) + merge_ + (slurm_ || submit_);
        if (modes > 1)
            throw Error(ExitCode::usage,
                        "--only, --task, --merge and --slurm do different things: choose one.");
        if (request_.tasks != 0 && request_.task == 0)
            throw Error(ExitCode::usage,
                        "--tasks says how many tasks there are; give --task, the number of this one.");
        if (!sbatch_options_.empty() && !(slurm_ || submit_))
            throw Error(ExitCode::usage,
                        "--slurm-option is for the job that --slurm writes: give --slurm as well.");
    }
    ExitCode write_job(Session& session) const {
        SlurmRequest slurm;
        slurm.batch = request_;
        slurm.sbatch_options = sbatch_options_;
        slurm.submit = submit_;
        if (session.options().threads > 0) slurm.cpus_per_task = session.options().threads;
        const std::string submitted = write_slurm_job(slurm, session.run());
        if (session.quiet()) return ExitCode::ok;
        if (submitted.empty())
            fmt::print("submit with: sbatch {}\n", (request_.out / "slurm" / "job.sh").string());
        else
            fmt::print("submitted: {}\n", submitted);
        return ExitCode::ok;
    }

    BatchRequest request_;
    std::vector<std::string> sbatch_options_;
    bool merge_ = false, slurm_ = false, submit_ = false;
};

}  // namespace

std::unique_ptr<Command> make_batch_command() { return std::make_unique<BatchCommand>(); }

}  // namespace ctffr
