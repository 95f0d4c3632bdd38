// SPDX-License-Identifier: Apache-2.0
// Text headers (NRRD, MetaImage): splitting and reading numbers without exceptions of the standard library.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctffr/core/vec3.hpp"

namespace ctffr {

std::string_view trim(std::string_view text);
std::string lower_case(std::string_view text);
std::vector<std::string_view> split_words(std::string_view text);  // at white space
// Whole text as a number; empty when it is not one. "nan" and "inf" are numbers.
std::optional<double> number_of(std::string_view text);
std::optional<std::int64_t> whole_number_of(std::string_view text);
// All words as numbers; empty when one of them is none or there are not `count`.
std::vector<double> numbers_of(std::string_view text, std::size_t count);
// The three sides of a grid in voxels. Throws Error(input_geometry) naming the header `where`.
Int3 sides_of(std::string_view text, const std::string& where);
// A file that a header names: relative names are beside the header. Throws Error(input_missing) when it is
// not there.
std::filesystem::path beside(const std::filesystem::path& header, std::string_view name);

}  // namespace ctffr
