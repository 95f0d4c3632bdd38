// SPDX-License-Identifier: Apache-2.0
#include "ctffr/core/error.hpp"

#include <atomic>

#include <gtest/gtest.h>

#include "ctffr/core/run.hpp"

namespace ctffr {
namespace {

TEST(Error, CarriesCodeAndSentence) {
    const Error error(ExitCode::input_gap, "Slices are missing between {} and {} mm.", 1.5, 4.5);
    EXPECT_EQ(error.code(), ExitCode::input_gap);
    EXPECT_STREQ(error.what(), "Slices are missing between 1.5 and 4.5 mm.");
    EXPECT_EQ(exit_code_name(error.code()), "input-gap");
}

TEST(Check, PrintsBothValues) {
    try {
        CTFFR_CHECK_OP(2 + 1, ==, 4);
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::internal);
        EXPECT_NE(std::string(error.what()).find("3 against 4"), std::string::npos) << error.what();
    }
}

TEST(Run, CancelEndsAtTheNextProgressReport) {
    std::atomic<bool> cancel{false};
    ctffr::Run run;  // qualified: GoogleTest has a private Run of its own
    run.cancel = &cancel;
    EXPECT_NO_THROW(run.progress("work", 0.5));
    cancel = true;
    try {
        run.progress("work", 0.6);
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::interrupted);
    }
}

}  // namespace
}  // namespace ctffr
