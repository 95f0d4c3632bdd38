// SPDX-License-Identifier: Apache-2.0
// The attributes of a CT series as a scanner writes them: CT Image (PS3.3 A.3) and Enhanced CT Image (A.38).
#pragma once

#include <string>

#include "ctffr/data/image.hpp"
#include "ctffr/io/dicom_write.hpp"
#include "io/dicom_codec.hpp"
#include "io/dicom_encode.hpp"

namespace ctffr::dicom {

// HU = stored + intercept. 12 unsigned bits with intercept -1024, as CT scanners do, when the values fit;
// otherwise 16 signed bits with intercept 0, so that no value is lost.
struct StoredValues {
    int intercept = -1024;
    PixelLayout layout;
};
StoredValues stored_values_of(const Volume& volume);

class SeriesModule {
   public:
    SeriesModule(const Volume& volume, const DicomWriteOptions& options);

    const StoredValues& stored() const { return stored_; }
    std::string slice_uid(int k) const;
    // Everything of the file for slice k but the pixels.
    DatasetBuilder slice(int k) const;
    // Everything of the one enhanced file but the pixels.
    DatasetBuilder multi_frame() const;

   private:
    DatasetBuilder common() const;  // patient, study, series, equipment, pixel description
    DatasetBuilder shared_groups() const;
    void add_ct_macros(DatasetBuilder& groups) const;
    DatasetBuilder frame_groups(int k) const;
    std::vector<double> position_of(int k) const;
    std::vector<double> orientation() const;
    std::string uid(const std::string& role) const;

    const Volume& volume_;
    DicomWriteOptions options_;
    StoredValues stored_;
    std::string seed_;
};

}  // namespace ctffr::dicom
