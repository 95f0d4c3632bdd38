// SPDX-License-Identifier: Apache-2.0
// Building DICOM data sets in memory and turning them into bytes (explicit VR little endian, PS3.5 chapter
// 7).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/dicom_tags.hpp"

namespace ctffr::dicom {

// A data set that is being written. Elements come out in ascending tag order, as the standard asks.
class DatasetBuilder {
   public:
    // Text VRs (CS, LO, UI, DS, ...): padded to even length; several values are joined by '\'.
    DatasetBuilder& text(Tag tag, std::string_view vr, std::string_view value);
    DatasetBuilder& numbers(Tag tag, std::string_view vr,
                            const std::vector<double>& values);  // DS, IS, FD, FL
    DatasetBuilder& us(Tag tag, std::uint16_t value);
    DatasetBuilder& ss(Tag tag, std::int16_t value);
    DatasetBuilder& ul(Tag tag, const std::vector<std::uint32_t>& values);
    DatasetBuilder& tags(Tag tag, Tag value);  // VR AT
    DatasetBuilder& sequence(Tag tag, const std::vector<DatasetBuilder>& items);
    DatasetBuilder& raw(Tag tag, std::string_view vr, std::string bytes);
    void erase(Tag tag) { elements_.erase(tag); }

    // All elements, without preamble.
    std::string bytes() const;

   private:
    struct Element {
        std::string vr, value;
    };
    std::map<Tag, Element> elements_;
};

// A decimal string (VR DS): as many digits as fit into its 16 characters.
std::string decimal_string(double value);

// Preamble, "DICM" and file meta group for a data set of the given class and transfer syntax.
std::string file_head(std::string_view sop_class, std::string_view sop_instance,
                      std::string_view transfer_syntax);

// Pixel Data (7FE0,0010) header for `bytes` of native 16-bit pixels; the pixels follow.
std::string native_pixel_head(std::uint32_t bytes);
// Encapsulated Pixel Data: offset table, one fragment per frame, end mark.
std::string encapsulated_pixels(const std::vector<std::string>& frames);

// A UID under 2.25 (PS3.5 B.2) that is a pure function of `text` (SHA-256, UUID version 8).
std::string uid_from_text(std::string_view text);

}  // namespace ctffr::dicom
