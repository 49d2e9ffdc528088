"""Public"""
