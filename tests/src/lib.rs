//! datamesh
