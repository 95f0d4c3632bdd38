// SPDX-License-Identifier: Apache-2.0
// `ctffr evaluate RESULT TRUTH`: how far a result is from the truth of a virtual patient.
#include <fmt/format.h>

#include "app/command.hpp"
#include "ctffr/io/result_read.hpp"
#include "ctffr/stages/evaluate.hpp"

namespace ctffr {

namespace {

EvaluationSide side_of(const std::filesystem::path& path) {
    CaseResult result = read_result_json(path);
    if (result.tree.branches.empty())
        throw Error(ExitCode::input_unreadable, "{} holds no tree ({}): there is nothing to compare.",
                    path.string(),
                    result.reasons.empty() ? result_state_name(result.state) : result.reasons.front());
    return {std::move(result.tree), std::move(result.ffr.ffr), std::move(result.lesions)};
}

class EvaluateCommand : public Command {
   public:
    std::string name() const override { return "evaluate"; }
    std::string help() const override { return "Compare a result with the truth of a virtual patient"; }
    void add_options(CLI::App& app, const std::vector<std::string>&) override {
        app.add_option("RESULT", result_, "folder of a run, or its result.json")->required();
        app.add_option("TRUTH", truth_, "truth folder of a virtual patient, or its result.json")->required();
        app.add_option("--name", case_name_, "first word of every line");
    }
    ExitCode execute(Session& session) override {
        const Evaluation evaluation = run_evaluate(side_of(result_), side_of(truth_), {}, session.run());
        fmt::print("{}", evaluation_lines(evaluation, case_name_));
        return ExitCode::ok;
    }

   private:
    std::filesystem::path result_, truth_;
    std::string case_name_ = "case";
};

}  // namespace

std::unique_ptr<Command> make_evaluate_command() { return std::make_unique<EvaluateCommand>(); }

}  // namespace ctffr
