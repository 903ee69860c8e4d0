// A folder of its own for a test, removed with all that is in it.
#ifndef REPRISE_TESTS_SUPPORT_TEMP_FOLDER_H_
#define REPRISE_TESTS_SUPPORT_TEMP_FOLDER_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

namespace reprise::support {

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = ::testing::TempDir() + "reprise-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    // The real path, as programs see it that resolve theirs.
    path_ = std::filesystem::canonical(pattern).string();
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  void Write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(*this / name).parent_path());
    std::ofstream(*this / name, std::ios::binary) << text;
  }
  std::string Read(const std::string& name) const {
    std::ifstream in(*this / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  bool Has(const std::string& name) const { return std::filesystem::exists(*this / name); }

 private:
  std::string path_;
};

}  // namespace reprise::support

#endif  // REPRISE_TESTS_SUPPORT_TEMP_FOLDER_H_
