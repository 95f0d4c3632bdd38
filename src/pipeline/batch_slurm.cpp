// SPDX-License-Identifier: Apache-2.0
// A batch as a job array: the scripts, and their submission.
#include <algorithm>
#include <map>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/pipeline/batch.hpp"
#include "pipeline/batch_key.hpp"
#include "pipeline/child_process.hpp"

namespace ctffr {

namespace fs = std::filesystem;

namespace {

std::string shell_word(const std::string& word) {
    constexpr const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:@%";
    if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

std::string this_program() {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    return error ? "ctffr" : program.string();
}

// The batch as a command, without what differs between the tasks.
std::string batch_command(const BatchRequest& request) {
    std::vector<std::string> words{this_program(), "batch",
                                   fs::absolute(request.manifest).lexically_normal().string(), "-o",
                                   fs::absolute(request.out).lexically_normal().string()};
    words.push_back("--device=" + request.device);
    for (const std::string& word : option_words(request.options)) words.push_back(word);
    std::string text;
    for (const std::string& word : words) {
        if (!text.empty()) text += ' ';
        text += shell_word(word);
    }
    return text;
}

std::string directives(const SlurmRequest& request, const std::string& name, const std::string& output) {
    const fs::path folder = fs::absolute(request.batch.out).lexically_normal() / "slurm";
    std::string text =
        fmt::format("#SBATCH --job-name={}\n#SBATCH --output=\"{}\"\n", name, (folder / output).string());
    for (const std::string& option : request.sbatch_options) text += "#SBATCH " + option + "\n";
    return text;
}

std::string job_script(const SlurmRequest& request, int tasks) {
    return fmt::format(
        "#!/bin/bash\n"
        "{}#SBATCH --cpus-per-task={}\n"
        "#SBATCH --array=1-{}\n"
        "# One task of the array takes cases N, N + {}, ... of the manifest. A case that is done is passed "
        "over, so\n"
        "# the job may be submitted again at any time. exec: signals of the scheduler reach ctffr, which "
        "stops cleanly.\n"
        "exec {} --task \"$SLURM_ARRAY_TASK_ID\" --tasks {} --threads \"${{SLURM_CPUS_PER_TASK:-1}}\" "
        "--progress lines\n",
        directives(request, "ctffr-batch", "task-%a.txt"), request.cpus_per_task, tasks, tasks,
        batch_command(request.batch), tasks);
}

std::string merge_script(const SlurmRequest& request) {
    return fmt::format(
        "#!/bin/bash\n{}# Makes cohort.csv and summary.json from the rows of all tasks.\nexec {} --merge\n",
        directives(request, "ctffr-merge", "merge.txt"), batch_command(request.batch));
}

std::string readme(const SlurmRequest& request, int cases, int tasks) {
    const std::string command = batch_command(request.batch);
    return fmt::format(
        "{} cases as a job array of {} tasks. Manifest, output folder and program must have these paths on "
        "every\n"
        "node. The folder of the output must support flock (local disks, Lustre with -o flock, GPFS, "
        "BeeGFS).\n\n"
        "Slurm:\n\n"
        "  id=$(sbatch --parsable job.sh)\n"
        "  sbatch --dependency=afterany:${{id%%;*}} merge.sh\n\n"
        "Another scheduler: an array job 1-{} whose script ends in\n\n"
        "  exec {} --task \"$INDEX\" --tasks {} --threads 4\n\n"
        "where INDEX is\n\n"
        "  PBS Pro, OpenPBS   PBS_ARRAY_INDEX   qsub -J 1-{} job\n"
        "  Torque             PBS_ARRAYID       qsub -t 1-{} job\n"
        "  LSF                LSB_JOBINDEX      bsub -J \"ctffr[1-{}]\" < job\n"
        "  Grid Engine        SGE_TASK_ID       qsub -t 1-{} job\n\n"
        "and, when all have ended,\n\n"
        "  {} --merge\n\n"
        "A task that ends with exit code 83 or is killed left a case to be done: submit the job again. What "
        "is done\n"
        "is passed over.\n",
        cases, tasks, tasks, command, tasks, tasks, tasks, tasks, tasks, command);
}

// Submits a script; returns the number of the job.
std::string submit(const fs::path& folder, const std::string& script, std::vector<std::string> options) {
    std::vector<std::string> words{"sbatch", "--parsable"};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back((folder / script).string());
    const fs::path output = folder / "sbatch.txt";
    const int code = run_program_to_end(words, output);
    std::string answer = read_text(output);
    while (!answer.empty() && answer.back() == '\n') answer.pop_back();
    if (code == 127)
        throw Error(ExitCode::usage,
                    "There is no sbatch on this machine: submit {} where there is one, as {} says.",
                    (folder / script).string(), (folder / "README.txt").string());
    if (code != 0)
        throw Error(ExitCode::usage, "sbatch refused {} (exit code {}): {}. Mend it with --slurm-option.",
                    (folder / script).string(), code, answer);
    return answer.substr(0, answer.find(';'));
}

}  // namespace

std::string write_slurm_job(const SlurmRequest& request, const Run& run) {
    check_batch_options(request.batch.options);
    const Manifest manifest = read_manifest(request.batch.manifest);
    const int cases = static_cast<int>(manifest.cases.size());
    const int tasks = std::min(cases, request.max_tasks);
    const fs::path folder = fs::absolute(request.batch.out).lexically_normal() / "slurm";
    write_text_atomically(folder / "job.sh", job_script(request, tasks));
    write_text_atomically(folder / "merge.sh", merge_script(request));
    write_text_atomically(folder / "README.txt", readme(request, cases, tasks));
    run.info("{} cases in {} tasks: {}", cases, tasks, (folder / "job.sh").string());
    if (!request.submit) return {};
    const std::string job = submit(folder, "job.sh", {});
    const std::string merge = submit(folder, "merge.sh", {"--dependency=afterany:" + job});
    return fmt::format("job {} ({} tasks), and {} that makes the table behind it", job, tasks, merge);
}

}  // namespace ctffr
