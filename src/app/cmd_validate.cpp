// SPDX-License-Identifier: Apache-2.0
// `ctffr validate COHORT.csv -o OUT`: computed FFR against invasive FFR.
#include <fmt/format.h>

#include "app/command.hpp"
#include "ctffr/pipeline/validate_cohort.hpp"

namespace ctffr {

namespace {

class ValidateCommand : public Command {
   public:
    std::string name() const override { return "validate"; }
    std::string help() const override { return "Computed FFR of a cohort against invasive FFR"; }
    void add_options(CLI::App& app, const std::vector<std::string>&) override {
        app.add_option("COHORT", request_.cohort, "CSV with case, vessel, ffr_ct, ffr_invasive");
        app.add_option("-o,--out", request_.out, "output folder; with --sealed that folder by default");
        app.add_flag("--seal", seal_, "fix the computed values: sealed.csv and its SHA-256 in seal.json");
        app.add_option("--sealed", request_.sealed, "folder of an earlier seal, in place of COHORT");
        app.add_option("--measured", request_.measured, "CSV with case, vessel, ffr_invasive, for --sealed");
        app.add_option("--positive-at-ffr", request_.options.positive_at_ffr,
                       "FFR counts as ischaemia at or below, -")
            ->check(CLI::Range(0.5, 0.95));
        app.add_option("--positive-at-stenosis-pct", request_.options.positive_at_stenosis_pct,
                       "diameter stenosis counts as obstructive at or above, %")
            ->check(CLI::Range(1.0, 99.0));
    }
    ExitCode execute(Session& session) override {
        check();
        request_.software = session.software();
        if (seal_) {
            const Seal seal = seal_cohort(request_, session.run());
            fmt::print(
                "{} rows sealed{}. SHA-256 of sealed.csv:\n{}\nKeep a copy of it where it cannot be "
                "changed.\n",
                seal.rows, seal.blinded ? "" : ", not blinded", seal.sha256);
            return ExitCode::ok;
        }
        fmt::print("{}", validation_text(run_validate_cohort(request_, session.run())));
        return ExitCode::ok;
    }

   private:
    void check() {
        if (request_.cohort.empty() == request_.sealed.empty())
            throw Error(ExitCode::usage,
                        "validate: give either COHORT.csv or --sealed FOLDER with --measured MEASURED.csv.");
        if (request_.sealed.empty() != request_.measured.empty())
            throw Error(ExitCode::usage,
                        "validate: --sealed FOLDER and --measured MEASURED.csv go together.");
        if (seal_ && !request_.sealed.empty())
            throw Error(ExitCode::usage, "validate: --seal makes a seal and --sealed uses one: choose one.");
        if (request_.out.empty()) request_.out = request_.sealed;
        if (request_.out.empty()) throw Error(ExitCode::usage, "validate: --out is required.");
    }

    bool seal_ = false;
    ValidateRequest request_;
};

}  // namespace

std::unique_ptr<Command> make_validate_command() { return std::make_unique<ValidateCommand>(); }

}  // namespace ctffr
