// libyaml's parser.
#pragma once
#include <yaml.h>
