// SPDX-License-Identifier: Apache-2.0
// `ctffr evaluate RESULT TRUTH`: how far a result is from the truth of a virtual patient.
#include <fmt/format.h>

#include "app/command.hpp"
#include "ctffr/pipeline/evaluate_case.hpp"

namespace ctffr {

namespace {

class EvaluateCommand : public Command {
   public:
    std::string name() const override { return "evaluate"; }
    std::string help() const override { return "Compare a result with the truth of a virtual patient"; }
    void add_options(CLI::App& app, const std::vector<std::string>&) override {
        app.add_option("RESULT", request_.result, "folder of a run, or its result.json")->required();
        app.add_option("TRUTH", request_.truth, "truth folder of a virtual patient, or its result.json")
            ->required();
        app.add_option("--name", request_.case_name, "first word of every line");
        app.add_option("--json", request_.json, "write the figures to this file as well");
        app.add_flag("--table", table_, "print a table for people instead of lines");
    }
    ExitCode execute(Session& session) override {
        const Evaluation evaluation = run_evaluate_case(request_, session.run());
        fmt::print("{}", table_ ? evaluation_table(evaluation, request_.case_name)
                                : evaluation_lines(evaluation, request_.case_name));
        return ExitCode::ok;
    }

   private:
    EvaluateRequest request_;
    bool table_ = false;
};

}  // namespace

std::unique_ptr<Command> make_evaluate_command() { return std::make_unique<EvaluateCommand>(); }

}  // namespace ctffr
