// SPDX-License-Identifier: Apache-2.0
#include "ctffr/pipeline/batch.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <deque>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <thread>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/pipeline/nearest.hpp"
#include "ctffr/pipeline/output_folder.hpp"
#include "pipeline/batch_key.hpp"
#include "pipeline/batch_record.hpp"
#include "pipeline/child_process.hpp"
#include "pipeline/cohort_table.hpp"

namespace ctffr {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

// Below this not even the table can be written.
constexpr std::uint64_t least_free_bytes = 20'000'000;
// The end of a long output is enough: the error line is the last one.
constexpr std::streamoff output_tail_bytes = 64 * 1024;
// The table is kept fresh, for a small share of the time that goes by.
constexpr double least_table_interval_s = 30, table_time_share = 0.02;

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string duration_text(double seconds) {
    if (seconds < 90) return fmt::format("{:.0f} s", seconds);
    if (seconds < 5400) return fmt::format("{:.0f} min", seconds / 60);
    return fmt::format("{:.1f} h", seconds / 3600);
}

std::string end_of_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary | std::ios::ate);
    if (!in) return {};
    in.seekg(-std::min<std::streamoff>(in.tellg(), output_tail_bytes), std::ios::end);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

class Batch {
   public:
    Batch(const BatchRequest& request, const Run& run)
        : request_(request), run_(run), manifest_(read_manifest(request.manifest)) {
        keys_.resize(manifest_.cases.size());
        if (request_.task == 0) return;
        if (request_.tasks == 0) request_.tasks = static_cast<int>(manifest_.cases.size());
        if (request_.task < 1 || request_.task > request_.tasks)
            throw Error(ExitCode::usage, "--task is {}; it must be from 1 to {}, the number of tasks.",
                        request_.task, request_.tasks);
    }

    BatchOutcome execute();
    BatchOutcome merge() {
        return write_cohort(request_, manifest_, [this](std::size_t i) { return valid_record(i); });
    }

   private:
    struct Running {
        std::size_t index;
        std::unique_ptr<OutputFolder> row_folder;  // held while the case runs
        Clock::time_point start;
        std::unique_ptr<ChildProcess> child;
    };

    const ManifestCase& item(std::size_t i) const { return manifest_.cases[i]; }
    fs::path case_folder(std::size_t i) const { return request_.out / "cases" / item(i).name; }
    fs::path row_folder(std::size_t i) const { return request_.out / "rows" / item(i).name; }

    const std::string& key(std::size_t i) {
        if (keys_[i].empty()) keys_[i] = batch_key(request_, item(i));
        return keys_[i];
    }
    // The row of a case where it is of these inputs and options.
    std::optional<BatchRecord> valid_record(std::size_t i) {
        std::error_code error;
        const fs::path file = row_folder(i) / "row.json";
        if (!fs::exists(file, error)) return std::nullopt;
        auto record = record_from_json(read_text(file));
        return record && record->key == key(i) ? record : std::nullopt;
    }
    bool is_done(std::size_t i) {
        const auto record = valid_record(i);
        return record && record->final;
    }

    void select();
    bool is_part() const { return !request_.only.empty() || request_.task != 0; }
    bool stopping() const { return run_.cancel && run_.cancel->load(); }
    std::vector<std::string> words(std::size_t i) const;
    void start_cases();
    bool start(std::size_t i);
    void reap();
    void finish(Running& running, int exit_code);
    void forward_stop();
    void show_progress();
    void refresh_table();

    BatchRequest request_;
    const Run& run_;
    Manifest manifest_;
    std::vector<std::string> keys_;
    std::vector<std::size_t> selected_;
    std::deque<std::size_t> pending_;
    std::set<std::size_t> told_;  // cases for which the user knows that we wait
    std::vector<Running> running_;
    int done_ = 0, failed_ = 0, finished_now_ = 0;
    double seconds_now_ = 0;  // of the cases finished by this process
    bool stop_forwarded_ = false;
    Clock::time_point table_time_ = Clock::now(), retry_time_{};
    double table_seconds_ = 0;
};

void Batch::select() {
    std::vector<std::string> names;
    for (const ManifestCase& one : manifest_.cases) names.push_back(one.name);
    for (const std::string& name : request_.only)
        if (std::find(names.begin(), names.end(), name) == names.end())
            throw Error(ExitCode::usage, "The manifest {} has no case '{}'; did you mean '{}'?",
                        request_.manifest.string(), name, nearest_name(name, names));
    for (std::size_t i = 0; i < names.size(); ++i) {
        const bool named = request_.only.empty() || std::find(request_.only.begin(), request_.only.end(),
                                                              names[i]) != request_.only.end();
        const bool of_task = request_.task == 0 || static_cast<int>(i) % request_.tasks == request_.task - 1;
        if (named && of_task) selected_.push_back(i);
    }
    for (const std::size_t i : selected_) {
        const auto record = valid_record(i);
        if (!record || !record->final) {
            pending_.push_back(i);
            continue;
        }
        ++done_;
        failed_ += record->exit_code != 0 ? 1 : 0;
    }
}

std::vector<std::string> Batch::words(std::size_t i) const {
    std::vector<std::string> words{"run"};
    const auto add = [&](const std::vector<std::string>& more) {
        words.insert(words.end(), more.begin(), more.end());
    };
    add(case_words(item(i)));
    add(option_words(request_.options));
    // The folder is the batch's: a case whose line names another input now takes it over.
    add({"-o", fs::absolute(case_folder(i)).lexically_normal().string(), "--overwrite",
         "--device=" + request_.device, fmt::format("--threads={}", request_.threads_per_case),
         "--progress=lines"});
    return words;
}

// False when the case is in the hands of another process.
bool Batch::start(std::size_t i) {
    auto row = OutputFolder::if_free(row_folder(i), least_free_bytes);
    if (!row) return false;
    keys_[i].clear();  // the input may have changed since the batch began
    key(i);            // and may change while the case runs
    if (is_done(i)) {
        ++done_;
        return true;
    }
    // A child that an earlier batch left behind ends soon by itself; its finished stages are kept.
    if (!OutputFolder::if_free(case_folder(i), least_free_bytes)) return false;
    auto child = std::make_unique<ChildProcess>(words(i), row_folder(i) / "output.txt");
    running_.push_back({i, std::move(row), Clock::now(), std::move(child)});
    return true;
}

void Batch::start_cases() {
    if (Clock::now() < retry_time_ &&
        std::all_of(pending_.begin(), pending_.end(), [&](std::size_t i) { return told_.count(i) > 0; }))
        return;
    std::deque<std::size_t> waiting;
    while (!pending_.empty() && static_cast<int>(running_.size()) < request_.jobs && !stopping()) {
        const std::size_t i = pending_.front();
        pending_.pop_front();
        if (start(i)) continue;
        waiting.push_back(i);
        if (told_.insert(i).second)
            run_.info("{}: another ctffr process works on this case; it comes when that has ended.",
                      item(i).name);
    }
    if (!waiting.empty()) retry_time_ = Clock::now() + std::chrono::seconds(1);
    pending_.insert(pending_.end(), waiting.begin(), waiting.end());
}

void Batch::finish(Running& running, int exit_code) {
    const std::size_t i = running.index;
    if (exit_code == static_cast<int>(ExitCode::interrupted) && stopping()) return;  // stays as it was
    BatchRecord record = record_of(case_folder(i), end_of_file(row_folder(i) / "output.txt"), exit_code);
    record.key = key(i);
    record.wall_s = std::round(since(running.start) * 1000) / 1000;
    write_text_atomically(row_folder(i) / "row.json", record_json(record));
    ++done_, ++finished_now_;
    seconds_now_ += record.wall_s;
    if (record.exit_code == 0) {
        std::string vessels;
        for (const TableRow& row : record.rows)
            if (const auto ffr = row.figures.find("ffr_ct"); row.kind == "vessel" && ffr != row.figures.end())
                vessels += fmt::format("{} {} {:.2f}", vessels.empty() ? ":" : ",", row.vessel, ffr->second);
        run_.info("{}: {} in {}{}", item(i).name, record.state, duration_text(record.wall_s), vessels);
        return;
    }
    ++failed_;
    run_.warn("{}: {}, exit code {}: {}", item(i).name, record.state, record.exit_code, record.reason);
}

void Batch::reap() {
    for (std::size_t r = 0; r < running_.size();) {
        const std::optional<int> code = running_[r].child->exit_code();
        if (!code) {
            ++r;
            continue;
        }
        finish(running_[r], *code);
        running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(r));
    }
}

void Batch::forward_stop() {
    if (stop_forwarded_) return;
    stop_forwarded_ = true;
    for (const Running& running : running_) running.child->send(SIGINT);
}

void Batch::show_progress() {
    if (!run_.progress_sink) return;
    const int total = static_cast<int>(selected_.size()), remaining = total - done_;
    std::string text = fmt::format("{} of {} cases done ({} failed or rejected), {} remaining", done_, total,
                                   failed_, remaining);
    if (finished_now_ > 0) {
        const double left_s = seconds_now_ / finished_now_ * remaining / std::max(1, request_.jobs);
        text += ", about " + duration_text(left_s) + " left";
    }
    run_.progress_sink(text, total > 0 ? static_cast<double>(done_) / total : 1);
}

void Batch::refresh_table() {
    const double interval_s = std::max(least_table_interval_s, table_seconds_ / table_time_share);
    if (is_part() || since(table_time_) < interval_s) return;
    table_time_ = Clock::now();
    merge();
    table_seconds_ = since(table_time_);
}

BatchOutcome Batch::execute() {
    select();
    run_.info("{} cases in {}{}: {} done already, {} to run, {} at a time with {} threads each",
              selected_.size(), request_.manifest.string(), is_part() ? " (a part)" : "", done_,
              pending_.size(), request_.jobs, request_.threads_per_case);
    while (!pending_.empty() || !running_.empty()) {
        if (stopping()) {
            forward_stop();
            if (running_.empty()) break;
        } else {
            start_cases();
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        const int before = done_;
        reap();
        if (done_ != before) refresh_table();
        show_progress();
    }
    BatchOutcome outcome;
    if (is_part())
        for (const std::size_t i : selected_) count_case(valid_record(i), outcome);
    else
        outcome = merge();
    if (stopping())
        throw Error(
            ExitCode::interrupted,
            "Interrupted: {} of {} cases are done, and finished stages of the others are kept; run the same "
            "command again to go on.",
            done_, selected_.size());
    return outcome;
}

}  // namespace

BatchOutcome run_batch(const BatchRequest& request, const Run& run) {
    check_batch_options(request.options);
    Batch batch(request, run);
    if (!request.only.empty() || request.task != 0) return batch.execute();
    const OutputFolder lock(request.out, least_free_bytes);
    return batch.execute();
}

BatchOutcome merge_batch(const BatchRequest& request, const Run& run) {
    check_batch_options(request.options);
    std::error_code error;
    if (!fs::exists(request.out / "rows", error))
        throw Error(ExitCode::input_missing, "{} holds no rows of a batch: run its cases first.",
                    request.out.string());
    Batch batch(request, run);
    const OutputFolder lock(request.out, least_free_bytes);
    return batch.merge();
}

}  // namespace ctffr
