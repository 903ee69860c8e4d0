// What the README shows is what there is.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "lib/base/file_system.h"

namespace reprise::house {
namespace {

std::string Read(const std::string& path) {
  const auto text = base::ReadFile(std::string(REPRISE_SOURCE_DIR) + "/" + path);
  EXPECT_TRUE(text.ok()) << text.status();
  return text.ok() ? *text : "";
}

TEST(Readme, EveryLinkWithinTheTreeLeadsSomewhere) {
  for (const std::string page : {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "FORMAT.md"}) {
    const std::string text = Read(page);
    for (std::size_t at = text.find("]("); at != std::string::npos; at = text.find("](", at + 1)) {
      const std::string target = text.substr(at + 2, text.find(')', at) - at - 2);
      if (target.empty() || target[0] == '#' || target.find("://") != std::string::npos) continue;
      EXPECT_TRUE(
          std::filesystem::exists(std::filesystem::path(REPRISE_SOURCE_DIR) / target.substr(0, target.find('#'))))
          << page << ": " << target;
    }
  }
}

TEST(Readme, NamesNoCommandThatDevLacks) {
  const std::string dev = Read("dev");
  for (const std::string page : {"README.md", "CONTRIBUTING.md"}) {
    const std::string text = Read(page);
    int count = 0;
    for (std::size_t at = text.find("./dev "); at != std::string::npos; at = text.find("./dev ", at + 1), ++count) {
      const std::size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz", at + 6);
      const std::string command = text.substr(at + 6, end - at - 6);
      EXPECT_NE(dev.find("\n  " + command), std::string::npos) << page << ": ./dev " << command;
    }
    EXPECT_GT(count, 0) << page;
  }
}

}  // namespace
}  // namespace reprise::house
