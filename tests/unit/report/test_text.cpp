// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "report/colormap.hpp"
#include "report/html.hpp"
#include "report/tables.hpp"
#include "report/text.hpp"

namespace ctffr::report {
namespace {

TEST(ReportText, EscapesEveryCharacterThatCouldMakeMarkup) {
    EXPECT_EQ(escape_html("<img src=x onerror='a(\"&\")'>"),
              "&lt;img src=x onerror=&#39;a(&quot;&amp;&quot;)&#39;&gt;");
}

TEST(ReportText, BrokenUtf8BecomesTheReplacementCharacterAndControlsVanish) {
    const std::string mark = "\xEF\xBF\xBD";
    EXPECT_EQ(clean_text("H\xE4mo"), "H" + mark + "mo");                   // Latin-1
    EXPECT_EQ(clean_text("a\xC0\x80z"), "a" + mark + mark + "z");          // overlong NUL
    EXPECT_EQ(clean_text("\xED\xA0\x80"), mark + mark + mark);             // surrogate
    EXPECT_EQ(clean_text("\xF4\x90\x80\x80"), mark + mark + mark + mark);  // above U+10FFFF
    EXPECT_EQ(clean_text("\xE2\x82"), mark + mark);                        // cut off
    EXPECT_EQ(clean_text(std::string("a\0b\x1b[1mc\x7f\n\t", 11)), "ab[1mc\n\t");
    EXPECT_EQ(clean_text("\xC3\xA4 \xE2\x82\xAC \xF0\x9F\xAB\x80"), "\xC3\xA4 \xE2\x82\xAC \xF0\x9F\xAB\x80");
}

TEST(ReportText, JsonForScriptCannotCloseTheScriptAndStaysTheSameJson) {
    EXPECT_EQ(json_for_script("{\"a\":\"</script><!--&\"}"),
              "{\"a\":\"\\u003c/script\\u003e\\u003c!--\\u0026\"}");
    EXPECT_EQ(json_for_script("\"\xE2\x80\xA8\xE2\x80\xA9\""), "\"\\u2028\\u2029\"");
}

TEST(ReportText, Base64MatchesRfc4648) {
    const auto encode = [](std::string_view text) {
        return base64({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    };
    EXPECT_EQ(encode(""), "");
    EXPECT_EQ(encode("f"), "Zg==");
    EXPECT_EQ(encode("fo"), "Zm8=");
    EXPECT_EQ(encode("foo"), "Zm9v");
    EXPECT_EQ(encode("foobar"), "Zm9vYmFy");
}

TEST(ReportText, NumbersThatAreNotFiniteAreNotShown) {
    EXPECT_EQ(number(std::nan(""), 2, "mm"), "not available");
    EXPECT_EQ(number(-INFINITY, 0), "not available");
    EXPECT_EQ(number(1.255, 1, "mm"), "1.3 mm");
    EXPECT_EQ(number(-0.001, 2), "0.00");
    EXPECT_EQ(number(-0.01, 2), "-0.01");
    EXPECT_EQ(number(1e300, 2), "1e+300");
}

// The class and the text of a value never disagree, because both go by the rounded value.
TEST(ReportText, FfrClassFollowsTheShownDigits) {
    EXPECT_EQ(ffr_class(0.7549), FfrClass::low);
    EXPECT_EQ(ffr_class(0.7551), FfrClass::grey);
    EXPECT_EQ(ffr_class(0.8049), FfrClass::grey);
    EXPECT_EQ(ffr_class(0.8051), FfrClass::high);
    EXPECT_EQ(ffr_class(missing), FfrClass::missing);
    for (int i = 0; i < 12000; ++i) {
        const double ffr = i * 1e-4;
        const std::string text = ffr_text(ffr);
        if (text == "< 0.50") {
            EXPECT_LT(ffr, 0.4951);
            continue;
        }
        const double shown = std::stod(text);
        EXPECT_NEAR(shown, ffr, 0.00501);
        const FfrClass expected = shown < 0.755   ? FfrClass::low
                                  : shown < 0.805 ? FfrClass::grey
                                                  : FfrClass::high;
        EXPECT_EQ(ffr_class(ffr), expected) << ffr;
    }
}

TEST(ReportText, DropOverALesionIsOnlyABoundWhenTheDistalValueIsBelowHalf) {
    EXPECT_EQ(delta_ffr_text(0.95, 0.70, 0.25), "0.25");
    EXPECT_EQ(delta_ffr_text(0.95, 0.31, 0.64), "> 0.45");
    EXPECT_EQ(delta_ffr_text(0.42, 0.31, 0.11), "not available");
    EXPECT_EQ(delta_ffr_text(missing, 0.7, 0.1), "not available");
}

TEST(ReportText, WordsFromKeysCarryTheUnit) {
    EXPECT_EQ(words_from_key("systolic_mmhg").name, "Systolic");
    EXPECT_EQ(words_from_key("systolic_mmhg").unit, "mmHg");
    EXPECT_EQ(words_from_key("lv_mass_g").name, "LV mass");
    EXPECT_EQ(words_from_key("hematocrit").name, "Hematocrit");
    EXPECT_EQ(words_from_key("hematocrit").unit, "");
    EXPECT_EQ(words_from_key("height_m").unit, "m");
    EXPECT_EQ(words_from_key("cardiac_output_ml_min").unit, "mL/min");
}

TEST(ReportHtml, TableCellsAreEscapedAndClassesKept) {
    Table table("a < b");
    table.head({{"x", "text"}});
    table.row({{"<i>", "low"}});
    const std::string html = table.html();
    EXPECT_NE(html.find("<caption>a &lt; b</caption>"), std::string::npos);
    EXPECT_NE(html.find("<td class=\"low\">&lt;i&gt;</td>"), std::string::npos);
}

TEST(ReportHtml, FactsWithoutValueAreLeftOut) {
    const std::string html = fact_list({{"Kernel", ""}, {"Scanner", "X"}});
    EXPECT_EQ(html.find("Kernel"), std::string::npos);
    EXPECT_NE(html.find("<dt>Scanner</dt><dd>X</dd>"), std::string::npos);
}

double luminance(Rgb c) { return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]; }

TEST(ReportColours, LightnessRisesToTheGreyZoneAndFallsAfterIt) {
    for (double ffr = 0.505; ffr <= 0.80; ffr += 0.005)
        EXPECT_GE(luminance(ffr_colour(ffr)) + 1, luminance(ffr_colour(ffr - 0.005))) << ffr;
    for (double ffr = 0.815; ffr <= 1.0; ffr += 0.005)
        EXPECT_LE(luminance(ffr_colour(ffr)) - 1, luminance(ffr_colour(ffr - 0.005))) << ffr;
}

TEST(ReportColours, SidesAreRedAndBlueAndEndsAreClamped) {
    const Rgb low = ffr_colour(0.6), high = ffr_colour(0.95);
    EXPECT_GT(low[0], low[2] + 60);
    EXPECT_GT(high[2], high[0] + 60);
    EXPECT_EQ(ffr_colour(0.2), ffr_colour(0.5));
    EXPECT_EQ(ffr_colour(1.05), ffr_colour(1.0));
    EXPECT_EQ(hex(ffr_colour(missing)), "8c8c8c");
    EXPECT_EQ(colour_table().size(), 6u * colour_count);
}

// The anchors of the map come back exactly through OKLab and its inverse.
TEST(ReportColours, AnchorsSurviveTheColourSpace) {
    EXPECT_EQ(hex(ffr_colour(0.50)), "6b0019");
    EXPECT_EQ(hex(ffr_colour(0.80)), "f9db6e");
    EXPECT_EQ(hex(ffr_colour(1.00)), "1f59b0");
}

}  // namespace
}  // namespace ctffr::report
