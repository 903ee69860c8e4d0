#include "crowd.h"

#include <cstring>

namespace httplib {
Request::~Request() = default;
std::string Request::Owner() const { return "the program's request"; }
Client::Client(const std::string& host) : host_(host) { std::memset(request_.ballast, 7, sizeof request_.ballast); }
Client::~Client() = default;
std::string Client::Get(const char* path) { return request_.Owner() + " to " + host_ + path; }
}  // namespace httplib

NLOHMANN_JSON_NAMESPACE_BEGIN
namespace detail {
exception::exception(int id, const char* what) : ballast_{}, id_(id), what_(what) {}
exception::~exception() = default;
const char* exception::what() const noexcept { return what_; }
parse_error::parse_error(int id, std::size_t, const char* what) : exception(id, what) {}
const char* parse_error::what() const noexcept { return "the program's parse error"; }
type_error::type_error(int id, const char* what) : exception(id, what) {}
const char* type_error::what() const noexcept { return "the program's type error"; }
}  // namespace detail
NLOHMANN_JSON_NAMESPACE_END

namespace boost {
namespace system {
error_category::~error_category() = default;
const char* error_category::name() const noexcept { return "the program's category"; }
const error_category& system_category() {
  static const error_category category = {};
  return category;
}
}  // namespace system
}  // namespace boost

bool CrowdIsItself() {
  httplib::Client client("host");
  if (client.Get("/x") != "the program's request to host/x") return false;
  try {
    throw nlohmann::detail::parse_error(1, 2, "x");
  } catch (const nlohmann::detail::exception& error) {
    if (std::strcmp(error.what(), "the program's parse error") != 0) return false;
  }
  return std::strcmp(boost::system::system_category().name(), "the program's category") == 0;
}
